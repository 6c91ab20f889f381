"""Other ways in, in a real browser: a call, a quarantine, a form in the page of another site."""

import base64
import hashlib
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
from tests.browser.test_accessibility import everything, violations
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


def test_a_page_to_print_leads_the_customer_to_the_survey(app, page: Page, live_server, complaints, log_in, tenants):
    """From the people of an account to the paper, in the language of the person; its code and its address are one link."""
    log_in(person(app, Role.ADMIN, "en"))
    account_id, contact_id = _somebody(app)
    with app.app_context(), transaction() as session:
        contact = session.get_one(Contact, contact_id)
        contact.language, name = "es", contact.name
    page.goto(f"{live_server}/app/accounts/{account_id}")
    ready(page)
    page.get_by_role("button", name=f"Change what {name} allows").click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Page with a QR code").click()
    paper = opened.value
    expect(paper.locator("html")).to_have_attribute("lang", "es")
    expect(paper.get_by_role("img", name="Código QR con su enlace personal")).to_be_visible()
    assert paper.evaluate("document.querySelector('img').naturalWidth") > 0
    assert everything(paper) == []
    paper.emulate_media(media="print")
    expect(paper.get_by_role("button", name="Imprimir")).to_be_hidden()
    address = paper.locator("a.address").get_attribute("href") or ""
    paper.emulate_media(media="screen")
    paper.goto(live_server + "/s/" + address.rpartition("/")[2])
    expect(paper.get_by_role("radio", name="9", exact=True)).to_be_visible()
    with app.app_context():
        assert db.session.scalars(sa.select(Invitation.contact_id).order_by(Invitation.id.desc())).first() == contact_id


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


NOTE = "window.news=[];for(const e of ['shown','answered','expired'])document.addEventListener('closedloop:'+e,()=>news.push(e))"
NOTE_HASH = base64.b64encode(hashlib.sha256(NOTE.encode()).digest()).decode()


class Shop:
    """Another site on another port, with one page."""

    def __init__(self) -> None:
        self.page = b""
        self.policy = ""


@pytest.fixture
def shop() -> Iterator[Any]:
    found: Any = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if found.policy:
                self.send_header("Content-Security-Policy", found.policy)
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


def _embed(app: Flask, shop: Any, live_server: str, *, listed: str, seconds: int = 600) -> str:
    """The page of the shop, with a form for Ana; answers the context."""
    with app.app_context():
        make_contact(make_account(external_id="acme"), external_id="ana", name="Ana")
        with transaction():
            key, secret = embedding.create_key(embedding.KeyDraft("Shop", "relationship", [listed]), actor="user:1")
            said = Context("acme", "ana", listed, "one", int(clock.now().timestamp()) + seconds)
            context = sign_context(key.public_id, secret, said)
    tag = f'<script src="{live_server}/static/embed.js" data-context="{context}" data-title="Survey"></script>'
    note = f"<script>{NOTE}</script>"
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


def test_the_frame_can_be_used_without_a_mouse_by_everybody(app, page: Page, live_server, shop):
    """All of WCAG 2.2 AA, in the frame and around it; axe-core looks into frames."""
    _embed(app, shop, live_server, listed=shop.origin)
    page.goto(shop.origin)
    frame = page.frame_locator("iframe[title=Survey]")
    expect(frame.get_by_role("button", name="Send my answer")).to_be_visible()
    assert everything(page) == []
    page.keyboard.press("Tab")  # from the page of the shop into the frame
    for _ in range(20):
        if page.evaluate("document.activeElement.tagName") == "IFRAME" and frame.locator("input[name=score]:focus").count():
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    chosen = int(frame.locator("input[name=score]:checked").get_attribute("value"))
    box = frame.get_by_role("textbox").first
    box.focus()
    page.keyboard.type("Typed")
    page.wait_for_timeout(2000)  # nobody reads a page and answers in less
    for _ in range(40):
        if frame.locator("button:focus").filter(has_text="Send my answer").count():
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    assert everything(page) == []
    with app.app_context():
        assert db.session.execute(sa.select(Response.score, Response.comment)).all() == [(chosen, "Typed")]


def _strict(script: str, frame: str) -> str:
    return f"default-src 'none'; script-src 'sha256-{NOTE_HASH}' {script}; frame-src {frame}; base-uri 'none'; form-action 'none'"


def test_a_strict_policy_of_the_site_needs_two_lines_for_us(app, page: Page, live_server, shop):
    """What the guide says: script-src and frame-src, and nothing for styles, fonts, images or calls."""
    _embed(app, shop, live_server, listed=shop.origin)
    shop.policy = _strict(live_server, live_server)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(shop.origin)
    frame = page.frame_locator("iframe[title=Survey]")
    expect(frame.get_by_role("button", name="Send my answer")).to_be_visible()
    page.wait_for_function("news.includes('shown')")
    assert page.locator("iframe").bounding_box()["height"] > 300
    assert [text for text in said if "Security" in text and "favicon" not in text] == []


@pytest.mark.parametrize("left_out", ["script", "frame"])
def test_both_lines_are_needed(app, page: Page, live_server, shop, left_out):
    _embed(app, shop, live_server, listed=shop.origin)
    shop.policy = _strict(*("'none'" if part == left_out else live_server for part in ("script", "frame")))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(shop.origin)
    page.wait_for_timeout(1000)
    assert any("Content Security Policy" in text and live_server in text for text in said), said
    assert page.evaluate("news") == []


@pytest.mark.parametrize("seconds", [-400, 4000])
def test_a_site_whose_clock_is_wrong_is_told_so(app, page: Page, live_server, shop, seconds):
    """The page of the shop stays as it is; who builds it reads why, and so does whoever opens the link itself."""
    context = _embed(app, shop, live_server, listed=shop.origin, seconds=seconds)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(shop.origin)
    page.wait_for_function("news.includes('expired')")
    assert any("the clock of the server that signs" in text for text in said)
    assert page.locator("iframe").bounding_box()["height"] == 0
    page.goto(f"{live_server}/e/{context}")
    expect(page.get_by_role("heading", name="This form has run out")).to_be_visible()
    assert everything(page) == []


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
