"""The public survey page, filled and sent with the keyboard alone, on a phone, with and without JavaScript."""

from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from feedback.defects.models import Citation
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.surveys.models import Invitation, Response
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_defect

pytestmark = pytest.mark.browser
WORDING = {"en": "Claims take too long", "es": "Los siniestros tardan demasiado", "ru": "Убытки урегулируются долго"}


@pytest.fixture
def link(app) -> str:
    """The path of a personal link."""
    with app.app_context():
        account = make_account(external_id="A")
        contact = make_contact(account)
        make_defect("late_claims", wording=WORDING)
        with transaction():
            url = invite_contact(account, contact, actor="test").url
    return urlsplit(url).path


def answers(app) -> list[tuple[int, str | None]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.select(Response.score, Response.comment))]


def focused(page: Page) -> str:
    return page.locator(":focus").first.evaluate("element => element.name || element.type || element.tagName")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the named control has the focus, as somebody without a mouse does."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator(":focus").count() and focused(page) == name:
            return
    raise AssertionError(f"{name} cannot be reached with Tab")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_an_answer_is_given_with_the_keyboard_alone(app, browser: Browser, live_server, link, scripts):
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 844}, locale="en")
    page = context.new_page()
    page.goto(live_server + link)
    assert answers(app) == []
    page.wait_for_timeout(1500)  # an answer that comes sooner is a machine's
    tab_to(page, "score")
    page.keyboard.press("Space")  # 0 is chosen
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("3", exact=True)).to_be_checked()
    tab_to(page, "defects")
    page.keyboard.press("Space")
    tab_to(page, "comment")
    page.keyboard.type("Three weeks for one decision")
    tab_to(page, "submit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_contain_text("Thank you")
    context.close()
    assert answers(app) == [(3, "Three weeks for one decision")]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Citation)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Issue)) == 1
        assert db.session.scalar(sa.select(Invitation.state)) == "answered"


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_page_fits_a_phone_in_every_language(page: Page, live_server, complaints, link, language):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server}{link}?lang={language}&score=4")
    expect(page.get_by_text(WORDING[language])).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_answer_without_a_score_is_asked_for_it_and_keeps_the_words(app, page: Page, live_server, link):
    page.goto(live_server + link)
    page.get_by_role("textbox").fill("Kept words")
    page.get_by_role("button").click()
    expect(page.locator("#summary")).to_be_focused()
    expect(page.get_by_role("textbox")).to_have_value("Kept words")
    assert answers(app) == []
