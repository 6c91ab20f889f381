"""Personal links: made by the API, shown without writing, answered once."""

import logging
import re
import threading
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.access.rules import Role
from feedback.defects.models import Citation
from feedback.defects.service import change_defect
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_defect, make_user
from tests.logins import as_user, token

URL = "/api/v1/invitations"


class Page(HTMLParser):
    """The parts of a page that a browser or a scanner uses."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.radios: list[dict[str, Any]] = []
        self.links: list[str] = []
        self.lang = ""
        self.feed(response.get_data(as_text=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values: dict[str, Any] = dict(attrs)
        if tag == "html":
            self.lang = values["lang"]
        if tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values["value"]
        if tag == "input" and values.get("type") == "radio":
            self.radios.append(values)
        self.links += [values[name] for name in ("href", "src") if name in values]

    @property
    def chosen(self) -> list[str]:
        return [radio["value"] for radio in self.radios if "checked" in radio]


@pytest.fixture
def people(app: Flask) -> None:
    with app.app_context():
        account_id = make_account(external_id="acme", segment="large")
        make_contact(account_id, external_id="ana", language="es-MX")
        make_defect("late", wording={"en": "My claim took too long", "es": "Mi reclamo tardó demasiado"})
        make_defect("rude", wording={"en": "Nobody was friendly"})
        make_defect("internal", wording={})


def invite(client: FlaskClient, **values: Any) -> TestResponse:
    body = {"account_external_id": "acme", "contact_external_id": "ana"} | values
    return client.post(URL, json=body, headers=token(client.application, "write"))


@pytest.fixture
def link(client: FlaskClient, people: None) -> str:
    return urlsplit(invite(client).get_json()["url"]).path


def opened(client: FlaskClient, link: str) -> dict[str, str]:
    """The hidden fields of the page as somebody opened it a minute ago."""
    with clock.frozen(clock.now() - timedelta(minutes=1)):
        return Page(client.get(link)).hidden


def answer(client: FlaskClient, link: str, **values: Any) -> TestResponse:
    return client.post(link, data=opened(client, link) | {"comment": ""} | values)


def count(app: Flask, model: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def everything(app: Flask) -> dict[str, list[Any]]:
    with app.app_context():
        tables = Model.metadata.tables.values()
        return {table.name: [tuple(row) for row in db.session.execute(sa.select(table))] for table in tables}


def test_a_link_is_personal_random_and_stored_as_a_digest(client: FlaskClient, app: Flask, people: None) -> None:
    first, second = (invite(client) for _ in range(2))
    assert (first.status_code, first.get_json()["state"]) == (201, "created")
    secrets = {answer.get_json()["url"].rpartition("/s/")[2] for answer in (first, second)}
    assert len(secrets) == 2
    assert all(len(secret) >= 22 for secret in secrets)  # 128 bits in base 64
    assert not any(secret in str(everything(app)) for secret in secrets)


def test_a_repeated_request_gets_the_answer_without_the_link(client: FlaskClient, app: Flask, people: None) -> None:
    body, key = {"account_external_id": "acme", "contact_external_id": "ana"}, {"Idempotency-Key": "k"}
    headers = key | token(app, "write")
    first, again = (client.post(URL, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json() | {"url": None}
    assert first.get_json()["url"].rpartition("/s/")[2] not in str(everything(app))


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"send": True}, 201),
        ({"send": False, "delay_hours": 0}, 201),
        ({"survey": "nosuch"}, 422),
        ({"account_external_id": "other"}, 404),
        ({"contact_external_id": "other"}, 404),
        ({"colour": "red"}, 422),
        ({"delay_hours": -1}, 422),
        ({"delay_hours": 4}, 422),
    ],
)
def test_what_can_be_asked_for(client: FlaskClient, people: None, values: dict[str, Any], status: int) -> None:
    assert invite(client, **values).status_code == status


def test_a_manager_invites_at_own_accounts_only(client: FlaskClient, app: Flask, people: None) -> None:
    with app.app_context():
        ana = make_user(Role.ACCOUNT_MANAGER)
        make_contact(make_account(external_id="mine", owner_id=ana), external_id="ben")
    as_user(client, ana)
    mine = client.post(URL, json={"account_external_id": "mine", "contact_external_id": "ben"})
    other = client.post(URL, json={"account_external_id": "acme", "contact_external_id": "ana"})
    assert (mine.status_code, other.status_code) == (201, 404)


def test_the_page_asks_in_the_contacts_language(client: FlaskClient, link: str) -> None:
    page = client.get(link, headers={"Accept-Language": "ru"})
    assert Page(page).lang == "es"
    assert "Mi reclamo tardó demasiado" in page.text
    assert "internal" not in page.text


def test_the_switch_on_the_page_wins(client: FlaskClient, link: str) -> None:
    assert Page(client.get(f"{link}?lang=ru")).lang == "ru"
    assert Page(client.get(f"{link}?lang=xx")).lang == "es"


def test_the_page_offers_eleven_numbers(client: FlaskClient, link: str) -> None:
    page = Page(client.get(link))
    assert [radio["value"] for radio in page.radios] == [str(number) for number in range(11)]
    assert page.chosen == []


@pytest.mark.parametrize(("query", "chosen"), [("7", ["7"]), ("10", ["10"]), ("11", []), ("-1", []), ("x", []), ("٣", [])])
def test_a_link_can_choose_the_score_beforehand(client: FlaskClient, link: str, query: str, chosen: list[str]) -> None:
    assert Page(client.get(f"{link}?score={query}")).chosen == chosen


@pytest.mark.parametrize(("score", "of_band"), [(6, "band-detractor"), (7, "band-passive"), (9, "band-promoter")])
def test_the_follow_up_is_worded_by_band(client: FlaskClient, link: str, score: int, of_band: str) -> None:
    assert f'class="{of_band}"' in client.get(f"{link}?score={score}").text


def test_an_answer_is_stored_with_all_it_says(client: FlaskClient, app: Flask, link: str) -> None:
    page = answer(client, link, score="3", comment=" Too late ", defects=["late", "internal"])
    assert page.status_code == 200
    with app.app_context():
        stored = db.session.scalars(sa.select(Response)).one()
        invitation = db.session.scalars(sa.select(Invitation)).one()
    assert (stored.score, stored.comment, stored.language, stored.segment) == (3, "Too late", "es", "large")
    assert (invitation.state, stored.invitation_id) == (InvitationState.ANSWERED, invitation.id)
    assert (count(app, Citation), count(app, Issue)) == (2, 1)


def test_what_left_the_list_while_somebody_was_answering_counts(client: FlaskClient, app: Flask, link: str) -> None:
    shown = opened(client, link)
    with app.app_context(), transaction():
        change_defect(1, actor="test", active=False)
    page = client.post(link, data=shown | {"score": "3", "comment": "", "defects": ["late"]})
    assert (page.status_code, count(app, Citation)) == (200, 1)


def test_a_problem_that_we_do_not_know_is_named_and_nothing_is_lost(client: FlaskClient, app: Flask, link: str) -> None:
    page = answer(client, link, score="3", comment="Hear <me>", defects=["late", "made_<up>"], lang="en")
    assert (page.status_code, count(app, Response)) == (422, 0)
    assert "We do not know “made_&lt;up&gt;”, which came with your answer." in page.text
    assert (Page(page).chosen, "Hear &lt;me&gt;" in page.text) == (["3"], True)
    assert re.search(r'value="late"\s+checked', page.text)


@pytest.mark.parametrize("codes", [["no such"], ["a:b:c"], ["x" * 5000], [f"c{number}" for number in range(500)], ["made\0up"]])
def test_codes_that_cannot_be_are_named_too(client: FlaskClient, app: Flask, link: str, codes: list[str]) -> None:
    page = answer(client, link, score="3", comment="", defects=codes, lang="en")
    assert (page.status_code, "We do not know" in page.text, count(app, Response)) == (422, True, 0)


def test_what_a_promoter_ticked_by_mistake_is_not_counted(client: FlaskClient, app: Flask, link: str) -> None:
    answer(client, link, score="10", defects=["late"])
    assert count(app, Citation) == 0


def test_the_same_form_again_gets_the_same_thanks(client: FlaskClient, app: Flask, link: str) -> None:
    shown = opened(client, link)
    first, again = (client.post(link, data=shown | {"score": "3", "comment": ""}) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.text == first.text
    assert count(app, Response) == 1


def test_many_at_once_are_one_answer(app: Flask, link: str) -> None:
    shown = opened(app.test_client(), link)
    start, pages = threading.Barrier(12), []

    def post(score: int) -> None:
        client = app.test_client()
        start.wait()
        pages.append(client.post(link, data=shown | {"score": str(score), "comment": ""}).status_code)

    threads = [threading.Thread(target=post, args=(number % 11,)) for number in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert pages == [200] * 12
    assert count(app, Response) == 1


def test_a_forgotten_score_is_asked_for_and_nothing_is_lost(client: FlaskClient, app: Flask, link: str) -> None:
    page = answer(client, link, comment="Hear <me>", defects=["late"])
    assert page.status_code == 422
    assert 'href="#score-0"' in page.text
    assert "Hear &lt;me&gt;" in page.text
    assert re.search(r'value="late"\s+checked', page.text)
    assert count(app, Response) == 0


def test_a_comment_that_is_too_long_is_kept_for_shortening(client: FlaskClient, app: Flask, link: str) -> None:
    page = answer(client, link, score="5", comment="x" * 4001)
    assert page.status_code == 422
    assert Page(page).chosen == ["5"]
    assert count(app, Response) == 0


def test_a_post_that_comes_from_no_page_is_asked_again(client: FlaskClient, app: Flask, link: str) -> None:
    with clock.frozen(clock.now() - timedelta(minutes=1)):
        asked = client.post(link, data={"score": "2", "comment": "hello"})
    assert (asked.status_code, count(app, Response)) == (422, 0)
    confirmed = client.post(link, data=Page(asked).hidden | {"score": "2", "comment": "hello"})
    assert (confirmed.status_code, count(app, Response)) == (200, 1)


def test_a_view_of_another_link_is_none_of_this(client: FlaskClient, app: Flask, link: str) -> None:
    other = urlsplit(invite(client).get_json()["url"]).path
    page = client.post(link, data=opened(client, other) | {"score": "2", "comment": ""})
    assert (page.status_code, count(app, Response)) == (422, 0)


@pytest.mark.parametrize("view", ["", ".", "a.b.c", "ü.1.x", "a.zz." + "A" * 20, "\0", "x" * 10_000])
def test_a_view_that_we_never_signed_is_none(client: FlaskClient, app: Flask, link: str, view: str) -> None:
    assert client.post(link, data={"view": view, "score": "2", "comment": ""}).status_code == 422
    assert count(app, Response) == 0


def test_a_program_that_fills_every_field_is_not_thanked(client: FlaskClient, app: Flask, link: str) -> None:
    page = answer(client, link, score="0", comment="Hear <me>", website="http://x.example.com")
    assert (page.status_code, Page(page).chosen, "Hear &lt;me&gt;" in page.text) == (422, ["0"], True)
    assert count(app, Response) == 0


def test_a_scanner_that_follows_every_link_writes_nothing(client: FlaskClient, app: Flask, link: str) -> None:
    before = everything(app)
    pending, seen = [link, *(f"{link}?score={number}" for number in range(11))], set()
    while pending:
        address = pending.pop()
        if address in seen or not address.startswith("/"):
            continue
        seen.add(address)
        with client.head(address) as head:
            assert head.status_code == 200
        page = client.get(address, headers={"User-Agent": ""})
        assert page.status_code == 200
        if page.mimetype == "text/html":
            pending += [href if href.startswith("/") else link + href for href in Page(page).links]
        page.close()
    assert len(seen) > 30
    assert everything(app) == before


def test_an_unknown_and_an_expired_link_look_the_same(client: FlaskClient, app: Flask, link: str) -> None:
    with clock.frozen(clock.now() + timedelta(days=61)):
        expired, late = client.get(link), client.post(link, data={"score": "9"})
    unknown = client.get("/s/unknown", headers={"Accept-Language": "es"})
    assert (expired.status_code, late.status_code, unknown.status_code) == (410, 410, 404)
    assert expired.text == late.text == unknown.text
    assert client.post("/s/unknown", data={"score": "9"}).status_code == 404


def test_the_page_is_private(client: FlaskClient, link: str) -> None:
    headers = client.get(link).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


def test_the_token_is_in_no_log(client: FlaskClient, link: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get(link)
        answer(client, link, score="9")
    assert caplog.records
    assert link.rpartition("/")[2] not in caplog.text
