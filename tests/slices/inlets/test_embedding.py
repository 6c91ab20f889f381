"""Forms in the pages of other sites: who may show them, to whom, how often."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.extensions import db
from feedback.inlets import embedding
from feedback.inlets.rules.contexts import Context, is_origin, sign_context
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.surveys.models import Invitation, Response
from feedback.uow import transaction
from tests.architecture.sources import ROOT
from tests.factories import make_account, make_contact

SHOP = "https://shop.example"


class Site:
    """A site with a key, where a customer is logged in."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        with app.app_context():
            self.account_id = make_account(external_id="acme")
            self.contact_id = make_contact(self.account_id, external_id="ana", name="Ana")
            with transaction():
                draft = embedding.KeyDraft("Shop", "relationship", [SHOP, "https://help.example:8443"])
                key, self.secret = embedding.create_key(draft, actor="user:1")
                self.key_id, self.public_id = key.id, key.public_id

    def context(self, *, seconds: float = 600, **values: str) -> str:
        expires = int(clock.now().timestamp() + seconds)
        said = replace(Context("acme", "ana", SHOP, "one", expires), **values)
        return sign_context(self.public_id, self.secret, said)

    def token(self, context: str) -> str | None:
        """The token of the form that it opens."""
        answer = self.client.get(f"/e/{context}")
        assert answer.status_code in {200, 303}
        return answer.headers["Location"].rpartition("/")[2] if answer.status_code == 303 else None

    def invitations(self) -> int:
        with self.app.app_context():
            return db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) or 0


@pytest.fixture
def site(app: Flask, client: FlaskClient) -> Site:
    return Site(app, client)


def test_one_context_is_one_invitation(site: Site) -> None:
    context = site.context()
    tokens = {site.token(context) for _ in range(5)}
    assert (len(tokens), site.invitations()) == (1, 1)
    assert None not in tokens


def test_signed_again_for_the_same_person_it_is_the_same_form(site: Site) -> None:
    assert site.token(site.context()) == site.token(site.context(id="two"))
    assert site.invitations() == 1


def test_only_the_site_of_the_context_may_frame_it(site: Site) -> None:
    token = site.token(site.context())
    page = site.client.get(f"/s/{token}")
    assert f"frame-ancestors {SHOP};" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert f'data-origin="{SHOP}"' in page.text
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("path", ["/s/x", "/s/f.aaaaaaaa.0.{0}", "/login", "/e/x"])
def test_nothing_else_may_be_framed(site: Site, path: str) -> None:
    headers = site.client.get(path.format("x" * 32)).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_a_revoked_key_opens_nothing_but_what_was_shown_is_answered_to_its_end(site: Site) -> None:
    token = site.token(site.context())
    with site.app.app_context(), transaction():
        embedding.revoke_key(site.key_id, actor="user:1")
    assert site.token(site.context()) is None
    assert f"frame-ancestors {SHOP};" in site.client.get(f"/s/{token}").headers["Content-Security-Policy"]
    with clock.frozen(clock.now() + embedding.SHOWN_FOR):
        assert site.client.get(f"/s/{token}").headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("seconds", "opens"), [(-301, False), (-290, True), (3890, True), (3910, False)])
def test_a_context_lives_an_hour_and_clocks_may_differ_by_five_minutes(site: Site, seconds: float, opens: bool) -> None:
    assert (site.token(site.context(seconds=seconds)) is not None) is opens


@pytest.mark.parametrize(("seconds", "level"), [(-301, "INFO"), (4000, "WARNING")])
def test_a_wrong_time_is_said_to_the_site_and_noted(
    site: Site, caplog: pytest.LogCaptureFixture, seconds: float, level: str
) -> None:
    with caplog.at_level("INFO", "feedback.inlets.views"):
        page = site.client.get(f"/e/{site.context(seconds=seconds)}")
    assert (page.status_code, 'data-event="expired"' in page.text) == (200, True)
    assert f"frame-ancestors {SHOP};" in page.headers["Content-Security-Policy"]
    assert [(one.levelname, site.public_id in one.getMessage()) for one in caplog.records] == [(level, True)]
    assert "Set-Cookie" not in page.headers
    assert site.invitations() == 0


def test_whose_signature_is_wrong_hears_nothing_about_time(site: Site) -> None:
    page = site.client.get(f"/e/{site.context(seconds=-900)[:-64]}{'0' * 64}")
    assert "expired" not in page.text
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "values", [{"account": "nobody"}, {"contact": "nobody"}, {"origin": "https://evil.example"}, {"account": "acme\n"}]
)
def test_who_is_not_known_or_not_listed_sees_nothing(site: Site, values: dict[str, str]) -> None:
    assert site.token(site.context(**values)) is None
    assert site.invitations() == 0


def test_every_changed_character_is_noticed(site: Site) -> None:
    context = site.context()
    for place in range(len(context)):
        changed = context[:place] + ("a" if context[place] != "a" else "b") + context[place + 1 :]
        assert site.token(changed) is None
    assert site.invitations() == 0


def test_who_was_asked_not_long_ago_is_left_in_peace(site: Site) -> None:
    with site.app.app_context(), clock.frozen(clock.now() - timedelta(days=2)):
        expires = int(clock.now().timestamp() + 60)
        with transaction():
            token = embedding.open_form(sign_context(site.public_id, site.secret, Context("acme", "ana", SHOP, "old", expires)))
            embedding.note_seen(token)
    assert site.token(site.context()) is None
    with site.app.app_context(), clock.frozen(clock.now() + timedelta(days=200)), transaction():
        expires = int(clock.now().timestamp() + 60)
        later = sign_context(site.public_id, site.secret, Context("acme", "ana", SHOP, "new", expires))
        assert embedding.open_form(later) is not None


def test_who_said_no_is_left_in_peace(site: Site) -> None:
    said = ConsentDraft(site.contact_id, Purpose.FEEDBACK, Channel.EMAIL, ConsentAction.REFUSED, clock.now())
    with site.app.app_context(), transaction():
        record_consents([said], recorded_by="user:1")
    assert site.token(site.context()) is None


def test_it_is_answered_once(site: Site) -> None:
    context = site.context()
    token = site.token(context)
    with site.app.app_context(), clock.frozen(clock.now() - timedelta(seconds=10)):
        page = site.client.get(f"/s/{token}").text
    view = page.split('name="view" value="')[1].split('"')[0]
    answers = [site.client.post(f"/s/{token}", data={"score": "8", "view": view, "lang": "en"}) for _ in range(3)]
    assert 'data-event="answered"' in answers[0].text
    assert site.token(context) == token  # replayed: the page of the answer, not another form
    with site.app.app_context():
        assert db.session.scalars(sa.select(Response.score)).all() == [8]
    assert site.token(site.context(id="two")) is None


def test_the_context_stands_in_no_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    context = site.context()
    with caplog.at_level("INFO"):
        site.token(context)
    assert context not in caplog.text


def test_the_script_is_small_and_needs_nobody_else() -> None:
    script = (ROOT / "feedback/web/static/embed.js").read_text()
    assert len(script.encode()) <= 5_000
    assert "cookie" not in script.replace("No cookies", "")
    assert len(Path(ROOT / "feedback/web/static/frame.js").read_bytes()) <= 2_000


@pytest.mark.parametrize("origin", ["https://shop.example", "https://a.b:8443", "http://localhost:3000", "http://127.0.0.1"])
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    assert is_origin(origin)


NO_ORIGINS = [
    "*",
    "https://*",
    "http://shop.example",
    "https://shop.example/",
    "https://a b",
    "https://a;script-src *",
    "shop.example",
]


@pytest.mark.parametrize("text", [*NO_ORIGINS, "https://", "https://u:p@a", "javascript:x", "https://a:99999", "https://a?x"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    assert not is_origin(text)


def test_what_nobody_saw_keeps_nobody_out(site: Site) -> None:
    """The page of a portal loads the form far below the fold."""
    with clock.frozen(clock.now() - timedelta(days=2)):
        first = site.token(site.context())
    assert site.token(site.context(id="two")) not in {first, None}
    assert site.invitations() == 2


def test_what_was_seen_counts_as_asked(site: Site) -> None:
    with clock.frozen(clock.now() - timedelta(days=2)):
        token = site.token(site.context())
        assert [site.client.post(f"/e/{token}/seen").status_code for _ in range(2)] == [204, 204]
    assert site.token(site.context(id="two")) is None


def test_looking_ahead_asks_nobody(site: Site) -> None:
    context = site.context()
    assert site.client.head(f"/e/{context}").status_code == 200
    assert site.client.get(f"/e/{context}", headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert site.invitations() == 0


def test_what_is_not_believed_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.inlets.views.transaction", lambda: pytest.fail("took the write lock"))
    assert site.token(site.context()[:-64] + "0" * 64) is None
    assert site.token("x" * 80) is None
    assert site.token(site.context(contact="nobody")) is None
    assert site.client.post("/e/x/seen").status_code == 204


def test_two_tabs_at_once_are_one_form(site: Site) -> None:
    contexts = [site.context(id=str(number % 2)) for number in range(8)]
    start, found = threading.Barrier(8), []

    def tab(context: str) -> None:
        client = site.app.test_client()
        start.wait()
        found.append(client.get(f"/e/{context}").headers.get("Location"))

    tabs = [threading.Thread(target=tab, args=(context,)) for context in contexts]
    [one.start() for one in tabs]
    [one.join() for one in tabs]
    assert (len(found), len(set(found)), None in found) == (8, 1, False)
    assert site.invitations() == 1
