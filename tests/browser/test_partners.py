"""Partners, as people use them: webhooks are made, tried and sent again; a card stands in the page of another system."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.partners.crm.connections import CrmDraft, create_connection
from feedback.partners.crm.models import CrmConflict, CrmRecord, CrmRun
from feedback.partners.crm.rules import Kind, RunState, Side, Vendor
from feedback.partners.sending import send_due
from feedback.uow import transaction
from tests.browser.company import ready
from tests.browser.test_accessibility import everything, violations
from tests.browser.test_every_page import FITS, UNNAMED
from tests.factories import insert, make_account, make_user
from tests.logins import token
from tests.slices.gate.world import make_customer
from tests.slices.partners.hooks import connect, news
from tests.slices.partners.partner_server import OK, Partner, partner_server

pytestmark = pytest.mark.browser


@pytest.fixture
def partner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", ["127.0.0.1"])
    with partner_server() as server:
        yield server


@pytest.fixture
def crm(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Another system's page, whose content a test sets."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            shown: Any = self.server
            self.wfile.write(shown.page if self.path == "/" else b"")

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.page, server.origin = b"", f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(app.extensions["closedloop_settings"], "card_origins", [server.origin])
    yield server
    server.shutdown()
    server.server_close()


def _admin(app: Flask, language: str) -> int:
    with app.app_context():
        return make_user(Role.ADMIN, locale=language)


def _framed(app: Flask, crm: Any, live_server: str) -> None:
    with app.app_context():
        account_id, _contact = make_customer(name="Nordbau")
    body = {"origin": crm.origin}
    answer = app.test_client().post(f"/api/v1/accounts/{account_id}/card-links", json=body, headers=token(app)).get_json()
    address = live_server + "/embed/" + answer["url"].partition("/embed/")[2]
    frame = f'<iframe title="Standing" src="{address}" width="360" height="420" sandbox="allow-popups"></iframe>'
    crm.page = f"<!doctype html><html lang=en><title>CRM</title><main><h1>CRM</h1>{frame}</main></html>".encode()


def test_a_card_in_the_page_of_a_crm_without_scripts(app, page: Page, live_server, crm):
    _framed(app, crm, live_server)
    page.goto(crm.origin)
    frame = page.frame_locator("iframe[title=Standing]")
    expect(frame.get_by_role("heading", name="Nordbau")).to_be_visible()
    expect(frame.get_by_text("Promoter")).to_be_visible()
    assert page.context.cookies() == []


def test_the_card_can_be_read_by_everybody(app, page: Page, live_server, crm):
    _framed(app, crm, live_server)
    page.goto(crm.origin)
    expect(page.frame_locator("iframe[title=Standing]").get_by_role("heading", name="Nordbau")).to_be_visible()
    assert everything(page) == []


def test_another_site_cannot_show_it(app, page: Page, live_server, crm):
    _framed(app, crm, live_server)
    page.goto(crm.origin.replace("localhost", "127.0.0.1"))
    expect(page.frame_locator("iframe[title=Standing]").get_by_role("heading", name="Nordbau")).to_have_count(0)


def test_a_webhook_is_made_tried_and_sent_again(app, page: Page, live_server, complaints, log_in, partner):
    log_in(_admin(app, "en"))
    page.goto(f"{live_server}/app/webhooks")
    ready(page)
    page.get_by_label("Address").fill(partner.url)
    page.get_by_label("What it is for").fill("CRM")
    page.get_by_role("button", name="Make the webhook").click()
    expect(page.get_by_label("Secret")).to_have_value(re.compile("whsec_"))
    page.get_by_role("link", name="To its page").click()
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("It was taken.")).to_be_visible()
    with app.app_context():
        news(make_account(name="Nordbau"))
        send_due()
    page.reload()
    ready(page)
    page.locator("tr", has_text="The gate opened").get_by_role("button", name="Send again").click()
    expect(page.locator("tr", has_text="The gate opened").get_by_text("waits")).to_be_visible()
    with app.app_context():
        assert send_due().taken == 1
    assert len(set(partner.ids[-2:])) == 1


def _with_a_conflict() -> None:
    with transaction():
        crm = create_connection(
            CrmDraft("hubspot", Vendor.HUBSPOT, "secret", address="https://nobody.invalid"), actor="user:1"
        ).id
    about = {"connection_id": crm, "kind": Kind.ACCOUNTS, "object_id": make_account(name="Nordbau"), "said": {}}
    record = insert(CrmRecord, crm_id="C1", changed_at=clock.now(), **about)
    differs = {"ours": "Steel", "theirs": "Glass", "winner": Side.OURS, "found_at": clock.now()}
    insert(CrmConflict, record_id=record, field="industry", **differs)
    run = {"connection_id": crm, "dry": False, "started_at": clock.now(), "ended_at": clock.now()}
    insert(CrmRun, state=RunState.FAILED, counts={"accounts.created": 12}, error="nobody.invalid answers 503", **run)


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "dark"), ("es", 390, "light"), ("ru", 390, "dark")])
def test_the_pages_fit_and_can_be_used(app, page: Page, live_server, complaints, log_in, partner, language, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    with app.app_context():
        connect(partner)
        news(make_account())
        send_due()
        _with_a_conflict()
    partner.answers = [OK]
    log_in(_admin(app, language))
    for path in ("/app/webhooks", "/app/webhooks/1", "/app/webhooks/deliveries/1", "/app/crm", "/app/crm/1"):
        page.goto(live_server + path)
        ready(page)
        expect(page.locator(".cl-error")).to_have_count(0)
        assert (page.evaluate(FITS), page.evaluate(UNNAMED)) == (True, []), path
        assert violations(page) == [], path


def test_a_conflict_with_a_crm_is_decided(app, page: Page, live_server, complaints, log_in):
    with app.app_context():
        _with_a_conflict()
    log_in(_admin(app, "en"))
    page.goto(f"{live_server}/app/crm")
    ready(page)
    page.get_by_role("link", name="hubspot").click()
    expect(page.get_by_text("The CRM is in trouble itself (status 503).")).to_be_visible()
    page.get_by_role("button", name="Take the CRM’s").click()
    expect(page.get_by_text("There is nothing to decide.")).to_be_visible()


def test_a_crm_is_connected_paused(app, page: Page, live_server, complaints, log_in):
    log_in(_admin(app, "en"))
    page.goto(f"{live_server}/app/crm")
    ready(page)
    page.get_by_label("Short name").fill("portal")
    page.get_by_role("textbox", name="Secret").fill("pat-secret")
    page.get_by_role("button", name="Connect it").click()
    page.get_by_role("link", name="To its page").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    assert "pat-secret" not in page.content()
