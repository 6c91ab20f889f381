"""Answers over HTTP: POST, batch, list, delete."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from feedback.access.rules import Role
from feedback.audit.models import AuditEvent
from feedback.closed_loop.schemas import AnswerIn, read_plain
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.surveys.models import Response
from tests.factories import make_account, make_contact, make_defect, make_user
from tests.logins import as_user, token

URL = "/api/v1/responses"


def body(**values: Any) -> dict[str, Any]:
    return {"account_external_id": "acme", "contact_external_id": "ana", "score": 9} | values


def post(client: FlaskClient, **values: Any) -> TestResponse:
    return client.post(URL, json=body(**values), headers=token(client.application, "write"))


def count(app: Flask, model: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_an_answer_is_stored_and_shown(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        make_defect("late")
    answer = post(client, score=7, defects=["late"], responded_at="2026-05-03T10:00:00+02:00")
    assert answer.status_code == 201
    shown = answer.get_json()
    assert (shown["score"], shown["band"], shown["defects"], shown["issue_id"]) == (7, "passive", ["late"], None)
    assert shown["responded_at"] == "2026-05-03T08:00:00+00:00"
    assert set(shown) == {"id", "account_id", "contact_id", "score", "band", "responded_at", "defects", "issue_id"}


def test_repeating_an_answer_gives_the_same_one(client: FlaskClient) -> None:
    first = post(client, source="crm", external_id="r1", comment="fine")
    again = post(client, source="crm", external_id="r1", comment="fine")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()


def test_contradicting_an_answer_is_a_conflict(client: FlaskClient, app: Flask) -> None:
    post(client, external_id="r1")
    refused = post(client, external_id="r1", score=3)
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert count(app, Response) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"survey": "nosuch"}, "survey"),
        ({"defects": ["nosuch"]}, "defects"),
        ({"score": 11}, "score"),
        ({"score": 8.5}, "score"),
        ({"score": "8"}, "score"),
        ({"score": True}, "score"),
        ({"score": None}, "score"),
        ({"responded_at": "yesterday"}, "responded_at"),
        ({"responded_at": "2999-01-01T00:00:00Z"}, "responded_at"),
        ({"channel": "fax"}, "channel"),
        ({"contact_role": "boss"}, "contact_role"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"contact_time_zone": "Mars/Olympus"}, "contact_time_zone"),
        ({"account_external_id": ""}, "account_external_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(client: FlaskClient, app: Flask, values: dict[str, Any], field: str) -> None:
    refused = post(client, **values)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert field in refused.get_json()["errors"]
    assert count(app, Response) == 0


def test_a_fresh_detractor_opens_an_issue_and_the_next_one_joins(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        make_defect("late")
    first = post(client, score=3, defects=["late"]).get_json()
    second = post(client, score=5, defects=["late"], contact_external_id="ben").get_json()
    assert first["issue_id"] == second["issue_id"]
    assert (count(app, Issue), count(app, IssueVoice)) == (1, 2)


def test_an_old_detractor_answer_opens_nothing(client: FlaskClient, app: Flask) -> None:
    old = clock.now() - timedelta(days=31)
    assert post(client, score=0, responded_at=old.isoformat()).get_json()["issue_id"] is None
    assert count(app, Issue) == 0


def test_who_handed_it_in_is_on_record(client: FlaskClient, app: Flask) -> None:
    post(client)
    with app.app_context():
        [actor] = db.session.scalars(sa.select(AuditEvent.actor).where(AuditEvent.action == "response.created"))
    assert actor.startswith("token:")


def test_a_whole_number_may_be_written_with_a_point(client: FlaskClient, app: Flask) -> None:
    answer = post(client, score=3.0)
    assert (answer.status_code, answer.json["score"]) == (201, 3)
    batch = client.post(f"{URL}/batch", json={"responses": [body(score=4.0)]}, headers=token(app, "write"))
    assert batch.json["created"] == 1


@pytest.mark.parametrize("scopes", [("read",), ("gate",)])
def test_only_writers_may_hand_in(client: FlaskClient, app: Flask, scopes: tuple[str, ...]) -> None:
    assert client.post(URL, json=body(), headers=token(app, *scopes)).status_code == 403
    assert client.post(URL, json=body()).status_code == 401


def test_an_idempotency_key_replays_the_answer(client: FlaskClient, app: Flask) -> None:
    headers = token(app, "write") | {"Idempotency-Key": "k1"}
    first, again = (client.post(URL, json=body(), headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.get_json() == again.get_json()
    assert count(app, Response) == 1


def test_a_batch_stores_what_it_can_and_names_the_rest(client: FlaskClient, app: Flask) -> None:
    listed = [
        body(external_id="r1"),
        body(external_id="r1"),
        body(external_id="r1", score=1),
        body(survey="nosuch"),
        body(score=12),
        {"score": 3},
        "text",
    ]
    answer = client.post(f"{URL}/batch", json={"responses": listed}, headers=token(app, "write"))
    assert answer.status_code == 200
    result = answer.get_json()
    assert (result["created"], result["unchanged"], result["rejected"]) == (1, 1, 5)
    places = [(error["index"], error["code"]) for error in result["errors"]]
    assert places == [(2, "conflict"), (3, "unknown_code"), (4, "invalid"), (5, "invalid"), (6, "invalid")]


def test_a_batch_may_come_as_lines(client: FlaskClient, app: Flask) -> None:
    lines = "\n".join([json.dumps(body(external_id="r1")), "", "{broken", json.dumps(body(external_id="r2"))])
    headers = token(app, "write")
    answer = client.post(f"{URL}/batch", data=lines, content_type="application/x-ndjson", headers=headers)
    result = answer.get_json()
    assert (result["created"], [error["index"] for error in result["errors"]]) == (2, [1])


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        ("[]", "application/json", 422),
        ('{"responses": 1}', "application/json", 422),
        ('{"responses": [], "more": 1}', "application/json", 422),
        ("{", "application/json", 400),
        ("a,b", "text/csv", 415),
    ],
)
def test_a_batch_that_is_none_is_refused(client: FlaskClient, app: Flask, data: str, content_type: str, status: int) -> None:
    answer = client.post(f"{URL}/batch", data=data, content_type=content_type, headers=token(app, "write"))
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_a_batch_has_a_limit(client: FlaskClient, app: Flask) -> None:
    answer = client.post(f"{URL}/batch", json={"responses": [1] * 10_001}, headers=token(app, "write"))
    assert answer.status_code == 422


def test_the_list_is_newest_first_and_goes_on_where_it_stopped(client: FlaskClient, app: Flask) -> None:
    for day in ("2026-01-02", "2026-01-01", "2026-01-03", "2026-01-03"):
        post(client, responded_at=day)
    headers = token(app, "read")
    first = client.get(f"{URL}?limit=3", headers=headers).get_json()
    rest = client.get(f"{URL}?limit=3&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [4, 3, 1, 2]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("account_id=1", 2),
        ("contact_id=2", 1),
        ("survey=relationship", 3),
        ("from=2026-01-02", 2),
        ("to=2026-01-02T12:00:00Z", 1),
        ("from=2026-01-02&to=2026-01-03", 1),
    ],
)
def test_the_list_can_be_filtered(client: FlaskClient, app: Flask, query: str, found: int) -> None:
    post(client, responded_at="2026-01-01")
    post(client, responded_at="2026-01-02", contact_external_id="ben")
    post(client, responded_at="2026-01-03", account_external_id="other", contact_external_id="cleo")
    assert len(client.get(f"{URL}?{query}", headers=token(app, "read")).get_json()["items"]) == found


def test_a_day_of_the_list_is_a_whole_day(client: FlaskClient, app: Flask) -> None:
    for at in ("2026-01-01T23:59:59Z", "2026-01-02T00:00:00Z", "2026-01-02T23:59:59Z", "2026-01-03T00:00:00Z"):
        post(client, responded_at=at)
    found = client.get(f"{URL}?from=2026-01-02&to=2026-01-03", headers=token(app, "read")).get_json()["items"]
    assert [item["responded_at"] for item in found] == ["2026-01-02T23:59:59+00:00", "2026-01-02T00:00:00+00:00"]


@pytest.mark.parametrize(
    "query", ["cursor=abc", "cursor=WyJhIiwgMV0", "limit=0", "limit=201", "account_id=0", "from=x", "colour=red"]
)
def test_a_wrong_list_query_is_refused(client: FlaskClient, app: Flask, query: str) -> None:
    assert client.get(f"{URL}?{query}", headers=token(app, "read")).status_code == 422


def test_managers_list_the_answers_of_their_accounts_only(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        ana, ben = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        make_contact(make_account(external_id="acme", owner_id=ana), external_id="x")
        make_account(external_id="other", owner_id=ben)
    post(client, account_external_id="acme")
    post(client, account_external_id="other", contact_external_id="cleo")
    items = as_user(client, ana).get(URL).get_json()["items"]
    assert [item["account_external_id"] for item in items] == ["acme"]


def test_a_deleted_answer_is_gone(client: FlaskClient, app: Flask) -> None:
    stored = post(client, score=2).get_json()
    headers = token(app, "write")
    assert client.delete(f"{URL}/{stored['id']}", headers=headers).status_code == 204
    assert client.delete(f"{URL}/{stored['id']}", headers=headers).status_code == 404
    assert (count(app, Response), count(app, Issue)) == (0, 1)


def test_frontline_people_may_not_delete(client: FlaskClient, app: Flask) -> None:
    stored = post(client).get_json()
    with app.app_context():
        user_id = make_user(Role.FRONTLINE)
    assert as_user(client, user_id).delete(f"{URL}/{stored['id']}").status_code == 403


_texts = st.sampled_from(["", " a ", "a", "ü", "x" * 256, None, 3])
_bodies = st.fixed_dictionaries(
    {"account_external_id": _texts, "contact_external_id": _texts, "score": st.sampled_from([0, 10, 11, 3.0, True, "1"])},
    optional={
        "source": _texts,
        "external_id": _texts,
        "account_name": _texts,
        "contact_email": st.sampled_from(["a@b", "", "nobody"]),
        "contact_role": st.sampled_from(["user", "boss", None]),
        "language": st.sampled_from(["en", "pt-br", "PT_BR", "english!", ""]),
        "channel": st.sampled_from(["web", "fax", None]),
        "comment": _texts,
        "responded_at": st.sampled_from(["2026-05-03", "2026-05-03T10:00:00+02:00", "soon", 5]),
        "defects": st.lists(st.sampled_from(["late", "product:late", "a b", "", 4]), max_size=2),
        "colour": _texts,
    },
)


@given(_bodies)
def test_the_short_way_reads_what_the_schema_reads(said: dict[str, Any]) -> None:
    draft = read_plain(said)
    assert draft is None or draft == super(AnswerIn, AnswerIn()).load(said)


def test_the_short_way_is_taken() -> None:
    said = body(external_id="r1", comment="fine", language="en", channel="web", defects=["late"], responded_at="2026-05-03")
    draft = read_plain(said)
    assert draft is not None
    assert draft.responded_at == datetime(2026, 5, 3, 12, tzinfo=UTC)
