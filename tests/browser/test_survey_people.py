"""People and scanners at the survey page in a real Chromium: quick, twice, backwards, on two devices, one behind the other."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.models import Suppression
from feedback.surveys.models import Invitation, Response
from feedback.surveys.people.models import ScannerSign, Submission
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from jobs import release_held_answers
from tests.factories import make_account, make_contact, make_defect

pytestmark = pytest.mark.browser
READ = 1700  # milliseconds: longer than what counts as instant


@pytest.fixture
def link(app: Flask, live_server: str) -> str:
    """A personal link with as many reasons as a page offers."""
    with app.app_context():
        account = make_account()
        contact = make_contact(account, language="en")
        for number in range(12):
            make_defect(f"late_{number}", wording={"en": f"It took far too long until somebody decided, number {number}"})
        with transaction():
            return live_server + urlsplit(invite_contact(account, contact, actor="test").url).path


def scores(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.select(Response.score, Response.version))]


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def later(app: Flask) -> None:
    """What was held is decided."""
    with app.app_context(), clock.frozen(clock.now() + timedelta(minutes=10)):
        release_held_answers.run()


def send(page: Page) -> None:
    page.locator("#answer > button").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


# --- the page


def test_the_page_weighs_less_than_fifty_kilobytes_with_all_it_loads(page: Page, complaints, link):
    loaded: dict[str, int] = {}
    page.on("response", lambda answer: loaded.update({answer.url: len(answer.body())}))
    page.goto(f"{link}?score=3")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("Please call me")).to_be_visible()  # the longest form of the page
    assert len(loaded) >= 3
    assert sum(loaded.values()) <= 50_000, loaded


def test_what_is_hidden_is_hidden_from_everybody(page: Page, link):
    page.goto(f"{link}?score=3")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('.trap, .away') !== null"))
    assert reached == {False}
    sizes = page.locator(".trap button").evaluate_all("all => all.map(one => one.getBoundingClientRect())")
    assert len(sizes) == 2
    assert {(size["width"], size["height"]) for size in sizes} == {(1, 1)}
    assert page.get_by_role("button").count() == 1  # for screen readers there is one


def test_targets_are_large_enough_for_a_finger(page: Page, link):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{link}?score=3")
    boxes = page.locator(".numbers label, .defects label, #answer > button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => Math.min(box.width, box.height))"
    )
    assert len(boxes) == 11 + 12 + 1
    assert min(boxes) >= 44


# --- people


def test_a_quick_person_waits_a_moment_without_noticing(app, page: Page, link):
    page.goto(f"{link}?score=9")
    send(page)
    assert scores(app) == [(9, 1)]


def test_a_quick_person_without_scripts_is_asked_once_more(app, browser: Browser, link):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{link}?score=9")
    page.get_by_role("textbox").fill("Kept")
    page.locator("#answer > button").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is lost")
    page.wait_for_timeout(READ)
    page.get_by_role("alert").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.context.close()
    assert scores(app) == [(9, 1)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_double_click_is_one_answer(app, browser: Browser, link, scripts):
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{link}?score=4")
    page.wait_for_timeout(READ)
    page.locator("#answer > button").dblclick()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.context.close()
    assert scores(app) == [(4, 1)]


def test_reloading_the_thanks_changes_nothing(app, page: Page, link):
    page.goto(f"{link}?score=4")
    send(page)
    page.reload()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert scores(app) == [(4, 1)]


def test_back_and_another_number_is_the_last_word(app, page: Page, link):
    page.goto(f"{link}?score=4")
    send(page)
    page.go_back()
    page.get_by_label("8", exact=True).check()
    send(page)
    expect(page.get_by_text("You answered 8 on")).to_be_visible()
    assert scores(app) == [(8, 2)]


def test_two_devices_at_once_are_one_answer(app, browser: Browser, link):
    pages = [browser.new_context(user_agent=f"Mozilla/5.0 (Device {number})").new_page() for number in range(2)]
    for page, score in zip(pages, (9, 2), strict=True):
        page.goto(f"{link}?score={score}")
    for page in pages:
        send(page)
    assert scores(app) == [(2, 2)]


# --- scanners


def every_form(context: BrowserContext, address: str) -> None:
    """Click every button of the page, each on a page opened anew."""
    page = context.new_page()
    page.goto(address)
    for number in range(page.locator("button").count()):
        page.goto(address)
        page.wait_for_timeout(READ)
        with page.expect_navigation():
            page.locator("button").nth(number).evaluate("button => button.click()")
    page.close()


def every_form_by_pointer(context: BrowserContext, address: str) -> None:
    """The same with real clicks, as far as there is something to click."""
    page = context.new_page()
    page.goto(address)
    for number in range(page.locator("button").count()):
        page.goto(address)
        page.wait_for_timeout(READ)
        with page.expect_navigation():
            page.locator("button").nth(number).click()
    page.close()


def every_form_backwards(context: BrowserContext, address: str) -> None:
    """Submit the forms themselves, the last one first."""
    page = context.new_page()
    for number in (2, 1, 0):
        page.goto(address)
        page.wait_for_timeout(READ)
        with page.expect_navigation():
            page.locator("form").nth(number).evaluate("form => HTMLFormElement.prototype.submit.call(form)")
    page.close()


@pytest.mark.parametrize("scanner", [every_form, every_form_by_pointer, every_form_backwards])
def test_what_sends_every_form_is_not_counted_and_the_person_behind_it_is(
    app, context: BrowserContext, link, scanner: Callable[[BrowserContext, str], None]
):
    for address in (f"{link}?score=0", f"{link}?score=10"):
        scanner(context, address)
    assert scores(app) == []
    assert count(app, ScannerSign) > 0
    later(app)
    assert scores(app) == []
    with app.app_context():
        assert db.session.scalar(sa.select(Invitation.answered_at)) is None
    person = context.new_page()  # with the browser of the scanner
    person.goto(f"{link}?score=7")
    person.wait_for_timeout(READ)
    send(person)
    later(app)
    assert scores(app) == [(7, 1)]


def test_nor_does_it_unsubscribe_anybody(app, context: BrowserContext, link):
    every_form(context, link.replace("/s/", "/u/"))
    later(app)
    assert count(app, Suppression) == 0
    with app.app_context():
        assert db.session.scalars(sa.select(Contact.no_surveys_until)).all() == [None]


def test_without_traps_it_would_be_counted(app, context: BrowserContext, link, monkeypatch: pytest.MonkeyPatch):
    """So the tests above can fail."""
    monkeypatch.setattr("feedback.closed_loop.views._note", lambda *_: None)
    every_form(context, f"{link}?score=0")
    assert scores(app) == [(0, 1)]
    assert count(app, Submission) == 1
