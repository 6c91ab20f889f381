"""Somebody of the frontline works an issue from its first call to its closing, through the page alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.accounts.models import Interaction
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.issues.models import Issue, RoutingRule
from feedback.kernel import clock
from feedback.uow import transaction
from tests.factories import insert, make_account, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, make_answer

pytestmark = pytest.mark.browser


@pytest.fixture
def worker(app):
    """A person of the only team, with one major issue to close."""
    with app.app_context():
        team = make_team(name="Claims")
        user = make_user(Role.FRONTLINE, team_id=team, name="Lucía Gómez", time_zone="Europe/Madrid")
        insert(RoutingRule, position=1, team_id=team)
        make_defect("late_claims", name="Late claims handling")
        draft = AnswerDraft(
            account_external_id="A1", account_name="Iberseguros", contact_external_id="C1", contact_name="Ana Ruiz",
            contact_role="decision_maker", score=2, comment="Llevo tres semanas <i>esperando</i>", language="es",
            responded_at=clock.now() - timedelta(hours=2), defects=("late_claims",),
        )  # fmt: skip
        with transaction():
            accept_answers([draft], AcceptOptions())
        return user


def issue_state(app) -> str:
    with app.app_context():
        return db.session.query(Issue).one().state.value


def test_an_issue_is_worked_from_routed_to_closed(app, page: Page, live_server, complaints, log_in, worker):
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#issue-name")).to_contain_text("Late claims handling")
    expect(page.get_by_text("Llevo tres semanas <i>esperando</i>").first).to_be_visible()
    page.get_by_label("How you reached them").first.fill("Called Ana; she is angry")
    page.get_by_role("button", name="Log the call").click()
    expect(page.locator(".cl-now")).to_have_text("Contacted")

    page.get_by_role("button", name="Note the root cause").click()
    expect(page.get_by_text("a serious issue needs a root cause")).to_be_visible()
    page.get_by_label("Why it happened").fill("Two handlers on leave")
    page.get_by_role("button", name="Note the root cause").click()
    expect(page.locator(".cl-now")).to_have_text("Diagnosed")

    page.get_by_label("What you promised").fill("A decision by Friday")
    page.get_by_role("button", name="Start the fix").click()
    expect(page.get_by_text("by when it will be fixed")).to_be_visible()
    # nothing typed is lost
    expect(page.get_by_label("What you promised")).to_have_value("A decision by Friday")
    choose_a_day_next_month(page)
    page.get_by_role("button", name="Start the fix").click()
    expect(page.locator(".cl-now")).to_have_text("In fix")
    expect(page.get_by_text("A decision by Friday").first).to_be_visible()

    page.get_by_role("button", name="Mark as kept").click()
    expect(page.get_by_text("kept 1 of 1")).to_be_visible()
    page.get_by_role("textbox", name="What was done (English)", exact=True).fill("Claim paid")
    page.get_by_role("button", name="It is fixed").click()
    expect(page.locator(".cl-now")).to_have_text("Fixed")

    page.get_by_role("button", name="Record the answer").click()
    expect(page.get_by_text("Choose what the customer says")).to_be_visible()
    page.get_by_role("textbox", name="Is it solved?").click()
    page.get_by_role("option", name="Solved", exact=True).click()
    page.get_by_label("What was said").first.fill("Ana says it is solved")
    page.get_by_role("button", name="Record the answer").click()
    expect(page.locator(".cl-now")).to_have_text("Verified")
    page.get_by_role("button", name="Close the issue").click()
    expect(page.get_by_text("Nothing is due.")).to_be_visible()
    assert issue_state(app) == "closed"


def choose_a_day_next_month(page: Page) -> None:
    """The picker of date and time."""
    page.get_by_label("Fixed by").click()
    page.locator("button[data-direction=next]").click()
    page.locator("td button", has_text="15").first.click()
    page.keyboard.press("Escape")


def test_the_key_for_the_next_row_goes_on_from_the_issue_that_stands_open(app, page: Page, live_server, log_in, worker):
    with app.app_context():
        later = [make_answer(make_account(name=name), 5) for name in ("Second", "Third")]
        accept(*later)
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    expect(page.locator("#still")).to_have_count(0)
    address = page.locator(".cl-row-link").nth(1).get_attribute("href")
    page.goto(f"{live_server}{address}")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("[data-row].cl-selected")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(".cl-row-link").nth(2)).to_be_focused()


def test_a_call_is_logged_by_keyboard_alone(app, page: Page, live_server, complaints, log_in, worker):
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator(".cl-row-link")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/issues/*")
    expect(page.locator(".cl-two-panes #next-step")).to_be_visible()
    page.get_by_label("How you reached them").first.focus()
    page.keyboard.type("Called and listened")
    expect(page.get_by_label("How you reached them").first).to_have_value("Called and listened")
    page.keyboard.press("Tab")  # over what may be said besides
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Log the call")).to_be_focused()
    page.wait_for_timeout(500)  # no person is as fast as the form takes words over on a busy machine
    page.keyboard.press("Enter")
    expect(page.locator(".cl-now")).to_have_text("Contacted")
    expect(page.get_by_label("Why it happened")).to_be_visible()
    # the button that was pressed is gone: the next step has the focus
    expect(page.locator("#next-step p").first).to_be_focused()
    page.wait_for_load_state("networkidle")  # a busy machine still draws, and what is typed meanwhile would be drawn over
    # a form that waits for words takes the cursor; with its words written, the same key goes on
    page.keyboard.press("e")
    expect(page.get_by_label("Why it happened")).to_be_focused()
    page.keyboard.type("Two handlers on leave")
    expect(page.get_by_label("Why it happened")).to_have_value("Two handlers on leave")
    page.keyboard.press("Tab")  # over the chain of whys
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Note the root cause")).to_be_focused()
    page.wait_for_timeout(500)
    page.keyboard.press("e")
    expect(page.locator(".cl-now")).to_have_text("Diagnosed")
    expect(page.locator("#next-step p").first).to_be_focused()
    # a date is chosen with a button, and is waited for like words
    page.keyboard.press("e")
    expect(page.get_by_label("Fixed by")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Next month")).to_be_visible()
    expect(page.get_by_role("button", name="Previous month")).to_be_disabled()
    expect(page.get_by_role("button", name="Take this date and time")).to_be_visible()
    expect(page.locator("td button[data-weekend]")).to_have_count(0)


def test_a_server_that_does_not_answer_is_said_and_nothing_typed_is_lost(page: Page, live_server, log_in, worker):
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    page.get_by_label("How you reached them").first.fill("Called Ana")
    page.context.set_offline(True)
    page.get_by_role("button", name="Log the call").click()
    expect(page.get_by_role("alert").filter(has_text="The server did not answer")).to_be_visible()
    expect(page.get_by_label("How you reached them").first).to_have_value("Called Ana")
    page.context.set_offline(False)
    page.get_by_role("button", name="Log the call").click()
    expect(page.locator(".cl-now")).to_have_text("Contacted")
    expect(page.get_by_text("The server did not answer")).to_be_hidden()


def test_a_second_window_says_that_the_issue_was_moved_meanwhile(page: Page, live_server, complaints, log_in, worker):
    log_in(worker)
    second = page.context.new_page()
    for window in (page, second):
        window.goto(f"{live_server}/app/issues")
        window.get_by_label("How you reached them").first.fill("Called Ana" if window is page else "She called back")
    page.get_by_role("button", name="Log the call").click()
    expect(page.locator(".cl-now")).to_have_text("Contacted")
    second.get_by_role("button", name="Log the call").click()
    expect(second.get_by_text("This issue was moved meanwhile")).to_be_visible()


def test_on_a_phone_the_issue_has_its_own_page(page: Page, live_server, complaints, log_in, worker):
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("#issue")).to_be_hidden()
    page.locator(".cl-row-link").click()
    expect(page.locator("#issue-name")).to_be_visible()
    expect(page.locator("#queue")).to_be_hidden()
    page.go_back()
    expect(page.locator("#queue")).to_be_visible()


def test_opening_an_issue_asks_the_server_once(page: Page, live_server, complaints, log_in, worker):
    log_in(worker)
    page.goto(f"{live_server}/app/accounts")
    expect(page.locator("#still")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "_dash-update-component" in request.url else None)
    page.get_by_role("link", name="Issues").first.click()
    expect(page.locator("#issue-name")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1


def test_a_call_is_documented_in_one_pass(app, page: Page, live_server, complaints, log_in, worker):
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    expect(page.locator("#still")).to_have_count(0)
    page.get_by_text("Also: next step, promise, cause, fix, state").click()
    page.get_by_label("How you reached them").first.fill("Called Ana; she waits for a decision")
    page.get_by_label("A promise to the customer").fill("A decision")
    page.get_by_label("The cause in your own words").fill("Nobody stands in")
    page.get_by_role("textbox", name="The issue then is").click()
    page.get_by_role("option", name="Diagnosed").click()
    page.get_by_role("button", name="Log the call").click()
    # nothing is stored, and nothing typed is lost
    expect(page.get_by_text("Say by when you promised it").first).to_be_visible()
    expect(page.get_by_label("A promise to the customer")).to_have_value("A decision")
    expect(page.get_by_label("Promised for")).to_be_focused()
    page.get_by_label("A promise to the customer").fill("")
    page.get_by_role("button", name="Log the call").click()
    expect(page.locator(".cl-now")).to_have_text("Diagnosed")
    expect(page.get_by_text("Nobody stands in").first).to_be_visible()


def test_a_call_is_logged_once_however_often_its_button_is_pressed(app, page: Page, live_server, complaints, log_in, worker):
    log_in(worker)
    page.goto(f"{live_server}/app/issues")
    expect(page.locator("#still")).to_have_count(0)
    page.get_by_label("How you reached them").first.fill("Called Ana")
    page.get_by_role("button", name="Log the call").focus()
    for _time in range(3):
        page.keyboard.press("Enter")
    expect(page.locator(".cl-now")).to_have_text("Contacted")
    expect(page.get_by_text("This issue was moved meanwhile")).to_have_count(0)
    with app.app_context():
        assert db.session.query(Interaction).count() == 1
