"""Other ways in, in a real browser: a call, a quarantine, a form in the page of another site."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.extensions import db
from feedback.inlets import embedding
from feedback.inlets.models import InboundEvent, Interview
from feedback.inlets.rules.contexts import Context, sign_context
from feedback.inlets.rules.kinds import ConnectorKind, EventState
from feedback.kernel import clock
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import AnswerChannel
from feedback.uow import transaction
from tests.browser.company import person, ready
from tests.browser.test_accessibility import violations
from tests.browser.test_every_page import FITS, UNNAMED
from tests.factories import make_account, make_contact
from tests.slices.inlets.senders import make_connector, send_typeform, typeform

pytestmark = pytest.mark.browser


def _somebody(app: Flask) -> tuple[int, int]:
    with app.app_context():
        pair = sa.select(AccountContact.account_id, AccountContact.contact_id).where(AccountContact.left_at.is_(None)).limit(1)
        row = db.session.execute(pair).one()
        return row[0], row[1]


def test_an_answer_by_phone(app, page: Page, live_server, complaints, log_in, tenants):
    log_in(person(app, Role.EXPERIENCE_MANAGER, "en"))
    account_id, contact_id = _somebody(app)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server}/app/interview/{account_id}/{contact_id}")
    ready(page)
    assert violations(page) == []
    page.get_by_label("3", exact=True).check()
    page.get_by_label("Their words, as they said them").fill("Nobody called back")
    page.get_by_role("button", name="Store the answer").click()
    expect(page.get_by_text("The answer is stored, and there is an issue")).to_be_visible()
    with app.app_context():
        stored = db.session.scalars(sa.select(Response).order_by(Response.id.desc())).first()
        assert (stored.score, stored.comment, stored.channel) == (3, "Nobody called back", AnswerChannel.PHONE)
        assert db.session.scalars(sa.select(Interview.response_id)).all() == [stored.id]


def test_from_quarantine_to_the_answer(app, page: Page, live_server, complaints, log_in, tenants):
    with app.app_context():
        make_connector(ConnectorKind.TYPEFORM)
    send_typeform(app.test_client(), typeform(account="ghost", comment="<img src=x onerror=alert(1)>"))
    log_in(person(app, Role.ADMIN, "en"))
    page.goto(f"{live_server}/app/inbound")
    ready(page)
    expect(page.get_by_role("heading", name="1 event is in quarantine")).to_be_visible()
    page.get_by_role("link", name="Event 1").click()
    expect(page.get_by_text("There is no account “ghost”")).to_be_visible()
    page.get_by_role("button", name="Create the account “ghost” and replay").click()
    expect(page.get_by_text("Answer stored")).to_be_visible()
    with app.app_context():
        assert db.session.scalars(sa.select(InboundEvent.state)).all() == [EventState.DONE]


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1280, "dark"), ("es", 390, "light"), ("ru", 390, "dark")])
def test_the_pages_fit_and_can_be_used(app, page: Page, live_server, complaints, log_in, tenants, language, width, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    with app.app_context():
        make_connector(ConnectorKind.TYPEFORM)
        with transaction():
            embedding.create_key(embedding.KeyDraft("Shop", "relationship", ["https://shop.example"]), actor="user:1")
    send_typeform(app.test_client(), typeform(account="ghost"))
    log_in(person(app, Role.ADMIN, language))
    account_id, contact_id = _somebody(app)
    paths = ["/app/inbound", "/app/inbound/1", "/app/connectors", "/app/connectors/1?event=1", "/app/connectors/embedding"]
    for path in [*paths, "/app/interview", f"/app/interview/{account_id}/{contact_id}"]:
        page.goto(live_server + path)
        ready(page)
        expect(page.locator(".cl-error")).to_have_count(0)
        assert (page.evaluate(FITS), page.evaluate(UNNAMED)) == (True, []), path
        assert violations(page) == [], path


class Shop:
    """Another site on another port, with one page."""

    def __init__(self) -> None:
        self.page = b""


@pytest.fixture
def shop() -> Iterator[Any]:
    found: Any = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(found.page if self.path == "/" else b"")

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.origin = f"http://localhost:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def _embed(app: Flask, shop: Any, live_server: str, *, listed: str) -> str:
    """The page of the shop, with a form for Ana; answers the context."""
    with app.app_context():
        make_contact(make_account(external_id="acme"), external_id="ana", name="Ana")
        with transaction():
            key, secret = embedding.create_key(embedding.KeyDraft("Shop", "relationship", [listed]), actor="user:1")
            said = Context("acme", "ana", listed, "one", int(clock.now().timestamp()) + 600)
            context = sign_context(key.public_id, secret, said)
    tag = f'<script src="{live_server}/static/embed.js" data-context="{context}" data-title="Survey"></script>'
    listen = "for(const e of ['shown','answered'])document.addEventListener('closedloop:'+e,()=>news.push(e))"
    note = f"<script>window.news=[];{listen}</script>"
    shop.page = f"<!doctype html><html lang=en><title>Shop</title><main><h1>Shop</h1>{note}{tag}</main></html>".encode()
    return context


def test_a_form_in_the_page_of_another_site(app, page: Page, live_server, shop):
    _embed(app, shop, live_server, listed=shop.origin)
    page.goto(shop.origin)
    frame = page.frame_locator("iframe[title=Survey]")
    expect(frame.get_by_role("button", name="Send my answer")).to_be_visible()
    tall = page.locator("iframe").bounding_box()["height"]
    assert 300 < tall < 2500
    page.wait_for_timeout(2000)  # nobody reads a page and answers in less
    assert abs(page.locator("iframe").bounding_box()["height"] - tall) < 60  # it does not grow by itself
    frame.get_by_label("9", exact=True).check()
    frame.get_by_role("button", name="Send my answer").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    page.wait_for_function("news.includes('answered')")
    assert json.dumps(page.evaluate("news")) == '["shown", "answered"]'
    assert page.context.cookies() == []
    with app.app_context():
        assert db.session.scalars(sa.select(Response.score)).all() == [9]


def test_another_site_cannot_show_it(app, page: Page, live_server, shop):
    _embed(app, shop, live_server, listed="https://shop.example")
    page.goto(shop.origin)
    page.wait_for_timeout(1500)
    assert page.locator("iframe").bounding_box()["height"] == 0
    assert page.evaluate("news") == []


def test_who_was_asked_lately_sees_nothing(app, page: Page, live_server, shop):
    _embed(app, shop, live_server, listed=shop.origin)
    with app.app_context(), transaction() as session:
        account_id = session.scalars(sa.select(Account.id).where(Account.external_id == "acme")).one()
        contact_id = session.scalars(sa.select(Contact.id).where(Contact.external_id == "ana")).one()
        values = {
            "account_id": account_id,
            "contact_id": contact_id,
            "survey_id": 1,
            "created_by": "user:1",
            "created_at": clock.now(),
        }
        session.execute(sa.insert(Invitation).values(**values, expires_at=clock.now(), sent_at=clock.now()))
    page.goto(shop.origin)
    page.wait_for_timeout(1500)
    assert page.locator("iframe").bounding_box()["height"] == 0
