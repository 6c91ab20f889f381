"""The account manager's way through the product, in a real browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.accounts.models import WalletEstimate
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.uow import transaction
from tests import factories

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def ana(app: Flask) -> int:
    """An account manager with one account to sell to and one to recover."""
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")
        now = clock.now()
        factories.make_defect("claims_delay", name="Late claims handling")
        for name, score, share in (("Nordbau", 10, 0.2), ("Iberseguros", 4, 0.8)):
            account = factories.make_account(external_id=name, name=name, owner_id=ana, region="North", annual_revenue=90_000.0)
            factories.make_contact(account, external_id=f"{name}-1", name=f"Buyer of {name}")
            spend = {"category": "all", "total_spend": 100.0, "our_spend": 100 * share, "confidence": 0.9}
            factories.insert(WalletEstimate, account_id=account, as_of=now.date(), created_at=now, **spend)
            defects = ("claims_delay",) if score < 7 else ()
            draft = AnswerDraft(name, score, f"{name}-1", responded_at=now - timedelta(days=1), defects=defects)
            with transaction():
                accept_answers([draft], AcceptOptions())
    return ana


@pytest.fixture
def readiness(page: Page, live_server: str, complaints: list[str], log_in: Callable[[int], None], ana: int) -> Page:
    """Ana's readiness page, drawn."""
    log_in(ana)
    page.goto(f"{live_server}/")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.get_by_role("heading", name="Who may I sell to today?")).to_be_visible()
    expect(page.locator("#readiness-matrix .main-svg").first).to_be_visible()
    return page


def test_a_click_on_a_group_narrows_the_list_and_back_widens_it(readiness: Page) -> None:
    readiness.get_by_role("link", name="1 recover now").click()
    expect(readiness.get_by_role("link", name="Nordbau", exact=True)).to_have_count(0)
    readiness.go_back()
    expect(readiness.get_by_role("link", name="Nordbau", exact=True)).to_be_visible()


def test_a_click_in_the_matrix_ends_in_the_address(readiness: Page) -> None:
    box = readiness.locator("#readiness-matrix .nsewdrag").bounding_box()
    assert box
    readiness.mouse.click(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.28)
    readiness.wait_for_url("**advocacy=detractor&share=high")
    expect(readiness.get_by_role("link", name="Nordbau", exact=True)).to_have_count(0)
    expect(readiness.get_by_role("link", name="Iberseguros", exact=True)).to_be_visible()


def test_a_filter_writes_the_address_and_a_bookmark_restores_it(readiness: Page) -> None:
    readiness.get_by_placeholder("Account", exact=True).fill("ibers")
    readiness.wait_for_url("**?q=ibers")
    expect(readiness.get_by_role("link", name="Nordbau", exact=True)).to_have_count(0)
    readiness.reload()
    expect(readiness.locator("#still")).to_have_count(0)
    expect(readiness.get_by_placeholder("Account", exact=True)).to_have_value("ibers")
    expect(readiness.get_by_role("link", name="Iberseguros", exact=True)).to_be_visible()


def test_the_gate_is_asked_on_the_page_of_an_account(readiness: Page) -> None:
    readiness.get_by_role("link", name="Iberseguros", exact=True).click()
    expect(readiness.get_by_role("heading", name="How do we stand with Iberseguros?")).to_be_visible()
    readiness.keyboard.press("e")
    expect(readiness.locator("#gate-answer")).to_contain_text("Decision 1")
    expect(readiness.locator("#gate-answer")).to_contain_text("No approach on this channel")


def test_consent_recorded_beside_the_person_changes_the_strip(readiness: Page) -> None:
    readiness.get_by_role("link", name="Nordbau", exact=True).click()
    readiness.get_by_role("button", name="Change what Buyer of Nordbau allows").click()
    readiness.get_by_role("textbox", name="What the person said").click()
    readiness.get_by_role("option", name="Yes, offers are welcome").click()
    readiness.get_by_role("textbox", name="Where is it written down").fill("call of 3 May")
    readiness.get_by_role("button", name="Record it").click()
    expect(readiness.get_by_role("button", name="May I sell?: Yes, you may sell")).to_be_visible()


def test_the_keyboard_searches_walks_and_helps(readiness: Page) -> None:
    readiness.keyboard.press("j")
    expect(readiness.locator(".cl-row-link").first).to_be_focused()
    readiness.keyboard.press("?")
    expect(readiness.get_by_role("dialog", name="Keyboard")).to_be_visible()
    readiness.keyboard.press("Escape")
    expect(readiness.get_by_role("dialog", name="Keyboard")).to_have_count(0)
    readiness.keyboard.press("/")
    readiness.keyboard.type("buyer of nord")
    readiness.locator("#search-results a").first.click()
    expect(readiness.get_by_role("heading", name="How do we stand with Nordbau?")).to_be_visible()


def test_dark_is_kept_and_drawn_by_the_server(readiness: Page) -> None:
    readiness.get_by_role("button", name="Your menu").click()
    readiness.get_by_role("menuitem", name="Dark").click()
    expect(readiness.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    readiness.wait_for_timeout(300)
    readiness.reload()
    expect(readiness.locator("#still")).to_have_count(0)
    expect(readiness.locator("html")).to_have_attribute("data-theme", "dark")


def test_another_language_draws_the_frame_again(readiness: Page) -> None:
    readiness.get_by_role("button", name="Your menu").click()
    readiness.get_by_role("menuitem", name="Español").click()
    expect(readiness.locator("html")).to_have_attribute("lang", "es")


def test_a_phone_has_cards_and_a_bar_at_the_bottom(readiness: Page) -> None:
    readiness.set_viewport_size(PHONE)
    readiness.reload()
    expect(readiness.locator("#still")).to_have_count(0)
    expect(readiness.locator(".cl-bottom")).to_be_visible()
    expect(readiness.locator(".cl-table thead").first).to_be_hidden()
    wide = readiness.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


def test_a_session_that_ended_leads_back_to_the_log_in(readiness: Page, complaints: list[str]) -> None:
    readiness.context.clear_cookies()
    readiness.get_by_role("link", name="1 recover now").click()
    readiness.wait_for_url("**/login?next=*")
    complaints[:] = [line for line in complaints if "401 (UNAUTHORIZED)" not in line]  # the browser names the refusal itself


def test_somebody_elses_account_shows_the_missing_page(readiness: Page, app: Flask, live_server: str) -> None:
    with app.app_context():
        other = factories.make_account(name="Uralagro")
    readiness.goto(f"{live_server}/app/accounts/{other}")
    expect(readiness.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_page_is_drawn_and_leads_on_before_its_program_has_come(
    page: Page, live_server: str, log_in: Callable[[int], None], ana: int
) -> None:
    page.route("**/_dash-component-suites/**", lambda route: None)  # scripts that never arrive
    log_in(ana)
    page.goto(f"{live_server}/app/readiness", wait_until="commit")
    expect(page.locator("#still svg.cl-still")).to_be_visible()
    page.get_by_role("link", name="Nordbau", exact=True).click()
    expect(page.get_by_role("heading", name="How do we stand with Nordbau?")).to_be_visible()


def test_first_page_needs_no_further_question(page: Page, live_server: str, log_in: Callable[[int], None], ana: int) -> None:
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url) if "/_dash-" in request.url and "-suites/" not in request.url else None,
    )
    page.context.add_cookies([{"name": "viewport", "value": "1280", "url": live_server}])
    log_in(ana)
    page.goto(f"{live_server}/app/readiness")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#readiness-matrix .main-svg").first).to_be_visible()
    assert asked == []
