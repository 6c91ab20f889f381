"""An executive filters, clicks a bubble, reads what customers wrote, and opens an issue."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.uow import transaction
from tests.factories import make_defect, make_team, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def executive(app):
    """A company with one costly defect."""
    with app.app_context():
        make_user(Role.FRONTLINE, team_id=make_team())
        make_defect("late_claims", name="Late claims handling")
        with transaction():
            accept_answers([draft(account, turn) for account in range(18) for turn in range(6)], AcceptOptions())
        return make_user(Role.EXECUTIVE)


def draft(account: int, turn: int) -> AnswerDraft:
    hurt = account % 3 == 0 and turn % 2 == 0
    return AnswerDraft(
        account_external_id=f"A{account}",
        contact_external_id=f"C{account}-{turn}",
        score=3 if hurt else 9,
        comment="Three weeks for one decision" if hurt else None,
        region="north" if account % 2 else "south",
        responded_at=clock.now() - timedelta(days=1 + 2 * turn),
        defects=("late_claims",) if hurt else (),
    )


def test_from_a_bubble_to_the_comments_and_an_issue(page: Page, live_server, complaints, log_in, executive):
    log_in(executive)
    page.goto(f"{live_server}/app/defects?region=north")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#company-figures")).to_contain_text("n 54")
    page.locator("#defect-matrix .points path").first.click(force=True)
    page.wait_for_url("**defect=late_claims**")
    assert "region=north" in page.url
    expect(page.locator("#defect-details")).to_contain_text("Three weeks for one decision")
    page.locator("#defect-details a[href^='/app/issues/']").first.click()
    expect(page.locator("#issue-name")).to_contain_text("Late claims handling")
    page.go_back()
    expect(page.locator("#defect-details")).to_be_visible()


def test_a_row_is_opened_and_closed_by_keyboard(page: Page, live_server, complaints, log_in, executive):
    log_in(executive)
    page.goto(f"{live_server}/app/defects")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#ranking .cl-row-link").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#defect-details")).to_be_visible()
    expect(page.locator("#defect-name")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the cross
    expect(page.locator("#defect-details")).to_be_hidden()
    expect(page.locator("#ranking .cl-row-link").first).to_be_focused()
    page.locator("#ranking .cl-row-link").first.click()
    expect(page.locator("#defect-details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#defect-details")).to_be_hidden()
    expect(page.locator("#ranking .cl-row-link").first).to_be_focused()


def test_the_focus_comes_back_to_the_row_of_a_bubble(page: Page, live_server, complaints, log_in, executive):
    log_in(executive)
    page.goto(f"{live_server}/app/defects")
    expect(page.locator("#still")).to_have_count(0)
    page.locator("#defect-matrix .points path").first.click(force=True)
    expect(page.locator("#defect-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#defect-details")).to_be_hidden()
    expect(page.locator("#ranking .cl-row-link").first).to_be_focused()


def test_a_filter_writes_the_address(page: Page, live_server, complaints, log_in, executive):
    log_in(executive)
    page.goto(f"{live_server}/app/defects")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#company-figures")).to_contain_text("n 108")
    page.get_by_label("Region", exact=True).first.click()
    page.get_by_role("option", name="south").click()
    page.wait_for_url("**region=south**")
    expect(page.locator("#company-figures")).to_contain_text("n 54")
