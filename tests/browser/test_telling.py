"""Being told, as people do it: work through the list, choose what to hear, set up a chat, try again what was given up."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from jobs import deliver_outbox
from tests.browser.company import ready
from tests.browser.test_accessibility import violations, visited
from tests.factories import make_account, make_user
from tests.slices.telling.chat_server import GONE, Chat, chat_server
from tests.slices.telling.conftest import connect, tell
from tests.smtp import mail_server

pytestmark = pytest.mark.browser


@pytest.fixture
def chat(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with chat_server() as server:
        yield server


def _told(app: Flask) -> int:
    with app.app_context():
        ana, account = make_user(Role.FRONTLINE, name="Ana Ruiz"), make_account(name="Nordbau")
        tell(ana, 1, link=f"/app/accounts/{account}")
        tell(ana, 2)
        tell(ana, 3, "issue_voice")
        deliver_outbox.run()
    return ana


def test_somebody_works_through_what_they_were_told(app, page: Page, live_server, complaints, log_in):
    log_in(_told(app))
    page.goto(f"{live_server}/app/issues")
    ready(page)
    page.locator("#bell-button").click()
    page.get_by_role("link", name="All notices").click()
    expect(page.get_by_role("heading", name="What was I told?")).to_be_visible()
    expect(page.locator(".cl-told.cl-new")).to_have_count(3)
    page.get_by_role("button", name="Mark as read", exact=True).first.click()
    expect(page.locator(".cl-told.cl-new")).to_have_count(2)
    expect(page.locator("#bell-count")).to_have_text("2")
    page.locator(".cl-told").get_by_role("link", name="Nordbau", exact=True).click()
    expect(page.locator(".cl-told")).to_have_count(1)
    page.goto(f"{live_server}/app/notifications?show=unread&topic=mine")
    ready(page)
    expect(page.locator(".cl-told")).to_have_count(2)
    page.locator("#notices-read").click()
    expect(page.get_by_text("There is no notice of this kind.")).to_be_visible()
    page.get_by_role("link", name="Show all notices").click()
    expect(page.locator(".cl-told")).to_have_count(3)
    expect(page.locator(".cl-told.cl-new")).to_have_count(0)


def test_on_a_phone_a_notice_has_the_whole_width_and_its_button_stands_below(app, page: Page, live_server, complaints, log_in):
    page.set_viewport_size({"width": 390, "height": 800})
    log_in(_told(app))
    page.goto(f"{live_server}/app/notifications")
    ready(page)
    line = page.locator(".cl-told.cl-new").first
    expect(line.get_by_role("button", name="Mark as read")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the page is drawn once more when the program has come
    row, said, step = (part.bounding_box() for part in (line, line.locator("> div"), line.locator("> button")))
    assert said["width"] > 0.9 * row["width"]
    assert step["y"] >= said["y"] + said["height"]
    assert step["height"] >= 44


def test_who_was_told_nothing_yet_reads_what_will_stand_there(app, page: Page, live_server, complaints, log_in):
    with app.app_context():
        log_in(make_user(Role.EXECUTIVE))
    page.goto(f"{live_server}/app/notifications")
    ready(page)
    expect(page.get_by_text("Nothing has happened that you need to know.").last).to_be_visible()


def test_somebody_chooses_what_to_hear_and_when(app, page: Page, live_server, log_in):
    with app.app_context():
        log_in(make_user(Role.FRONTLINE, time_zone="Europe/Madrid"))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server}/settings")
    page.get_by_role("link", name="What you are told, and when").click()
    page.get_by_role("group", name="More voices").get_by_label("Mail").select_option("weekly")
    expect(page.get_by_label("From")).to_have_value("19:00")
    page.get_by_label("From").fill("22:00")
    page.get_by_label("Until").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Quiet hours need a beginning and an end")).to_be_visible()
    page.get_by_role("group", name="More voices").get_by_label("Mail").select_option("weekly")
    page.get_by_label("Until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("group", name="More voices").get_by_label("Mail")).to_have_value("weekly")
    expect(page.get_by_label("Until")).to_have_value("07:00")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_an_administrator_sets_up_a_chat_and_tries_it_out(app, page: Page, live_server, complaints, log_in, monkeypatch):
    with app.app_context():
        log_in(make_user(Role.ADMIN))
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with chat_server() as chat:
        page.goto(f"{live_server}/app/deliveries")
        ready(page)
        page.get_by_role("link", name="Chats").click()
        page.get_by_label("Name", exact=True).fill("#customers")
        page.get_by_label("Address").fill("hooks.slack.com")
        page.get_by_role("button", name="Set it up").click()
        expect(page.get_by_text("Copy the whole address that the chat shows").first).to_be_visible()
        page.get_by_label("Address").fill(chat.url)
        page.get_by_role("button", name="Set it up").click()
        test = page.get_by_role("button", name="Send a test message")
        test.click()
        expect(page.get_by_text("It took the message: 200 ok")).to_be_visible()
        chat.answers = [GONE]
        test.click()
        expect(page.get_by_text("It refused the message: 404 no_service")).to_be_visible()
        assert chat.texts == ["closedloop can write here."]
        assert chat.url not in page.content()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_text("No chat is set up yet.")).to_be_visible()


def test_an_administrator_sees_why_and_tries_again(app, page: Page, live_server, complaints, log_in, monkeypatch):
    with mail_server() as box:
        monkeypatch.setattr(app.extensions["closedloop_settings"], "smtp_url", box.url)
        box.answers = ["550 5.1.1 no such user"]
        with app.app_context():
            ana, admin = make_user(Role.FRONTLINE, name="Ana Ruiz"), make_user(Role.ADMIN)
            tell(ana, kind="issue_escalated")  # it leaves at any hour
            deliver_outbox.run()
        log_in(admin)
        page.goto(f"{live_server}/app/deliveries")
        ready(page)
        expect(page.get_by_role("heading", name="1 delivery reached nobody")).to_be_visible()
        page.get_by_role("link", name="Show them").click()
        expect(page.locator("[data-row]")).to_have_count(1)
        expect(page.get_by_text("550 5.1.1 no such user")).to_be_visible()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("heading", name="1 delivery reached nobody")).to_have_count(0)
        with app.app_context():
            deliver_outbox.run()
        assert any("comes to you" in mail["Subject"] for mail in box.mails)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_keeps_somebody_from_being_told(app, page: Page, live_server, log_in, chat, scheme):
    ana = _told(app)
    with app.app_context():
        connect(chat)
        admin = make_user(Role.ADMIN, theme=scheme)
        tell(admin, 7)
        deliver_outbox.run()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    log_in(admin)
    assert visited(page, live_server, ["/app/notifications", "/app/deliveries", "/app/deliveries/chats"]) == []
    page.goto(f"{live_server}/settings/notices")
    assert violations(page) == []
    log_in(ana)
    page.goto(f"{live_server}/app/issues")
    ready(page)
    page.locator("#bell-button").click()
    expect(page.locator(".cl-notice.cl-new")).to_have_count(3)
    assert violations(page) == []
