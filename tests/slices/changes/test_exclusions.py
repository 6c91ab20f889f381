"""An answer that must not count counts nowhere, is remembered, and can come back as it was."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.access.models import Grant
from feedback.access.queries import get_viewer
from feedback.access.rules import Scope
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.issues.models import IssueEvent, IssueVoice
from feedback.kernel import clock
from feedback.reporting.changed_answers import list_changed_answers
from feedback.surveys.models import Response, ResponseExclusion
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.factories import insert
from tests.logins import as_user, token
from tests.slices.changes.totals import counts_are_exact, reports

Answer = Callable[..., int]
WHY = {"reason": "test", "note": "Made by our own people."}
_names = count(1)


def exclude(client: FlaskClient, response_id: int) -> int:
    return client.post(f"/api/v1/responses/{response_id}/exclusion", json=WHY).status_code


def put_back(client: FlaskClient, response_id: int) -> int:
    listed = client.get("/api/v1/responses/exclusions").get_json()["items"]
    standing = [one["id"] for one in listed if one["response_id"] == response_id]
    return client.delete(f"/api/v1/responses/exclusions/{max(standing, default=999)}").status_code


def test_it_counts_nowhere_and_is_shown_as_excluded(manager: FlaskClient, answer: Answer, company: dict[str, int]) -> None:
    kept, gone = answer("a1", score=9), answer("a2", score=2, defects=["late"])
    assert exclude(manager, gone) == 201
    assert counts_are_exact(manager)
    assert [one["id"] for one in manager.get("/api/v1/responses").get_json()["items"]] == [kept]
    [shown] = manager.get("/api/v1/responses/exclusions?standing=true").get_json()["items"]
    assert (shown["response_id"], shown["score"], shown["band"], shown["reason"]) == (gone, 2, "detractor", "test")
    assert (shown["note"], shown["excluded_by"], shown["own_account"]) == (WHY["note"], f"user:{company['manager']}", False)


def test_the_timeline_tells_it(manager: FlaskClient, answer: Answer, company: dict[str, int]) -> None:
    exclude(manager, answer())
    events = manager.get(f"/api/v1/accounts/{company['acme']}/timeline").get_json()["items"]
    [told] = [event for event in events if event["kind"] == "response_excluded"]
    assert (told["summary"]["score"], told["summary"]["reason"]) == (2, "test")
    assert not [event for event in events if event["kind"] == "response"]


def test_putting_back_restores_everything(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    stored = answer(comment="Late again", defects=["late", "rude"])
    manager.post(f"/api/v1/responses/{stored}/corrections", json={"score": 1, "reason": "mistyped", "note": "Why"})
    with app.app_context():
        before = _stored()
    totals = reports(manager)
    assert (exclude(manager, stored), put_back(manager, stored)) == (201, 204)
    with app.app_context():
        after = _stored()
        kinds = list(db.session.scalars(sa.select(IssueEvent.kind).order_by(IssueEvent.id)))
        assert db.session.scalar(sa.select(ResponseExclusion.content)) == {}
    assert after == before
    assert kinds[-1] == "voice_excluded"
    assert reports(manager) == totals
    assert len(manager.get(f"/api/v1/responses/{stored}/corrections").get_json()["versions"]) == 1


def _stored() -> list[list[tuple[Any, ...]]]:
    tables = (Response.__table__, IssueVoice.__table__)
    return [[tuple(row) for row in db.session.execute(sa.select(table))] for table in tables]


def test_the_same_answer_again_does_not_come_back(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    stored = answer(score=4)
    exclude(manager, stored)
    body = {"account_external_id": "acme", "contact_external_id": "ana", "score": 4, "external_id": "a1"}
    again = manager.post("/api/v1/responses", json=body, headers=token(app, "write"))
    assert (again.status_code, again.get_json()["id"]) == (200, stored)
    other = manager.post("/api/v1/responses", json=body | {"score": 9}, headers=token(app, "write"))
    assert (other.status_code, "excluded by hand" in other.get_json()["detail"]) == (409, True)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Response.id))) == 0


def test_nobody_excludes_the_detractor_of_their_own_account(answer: Answer, company: dict[str, int], app: Flask) -> None:
    bad, fine = answer("a1", score=3), answer("a2", score=8)
    with app.app_context():
        insert(Grant, user_id=company["owner"], permission="response.correct", scope=Scope.OWN)
    owner = as_user(app.test_client(), company["owner"])
    assert (exclude(owner, bad), exclude(owner, fine)) == (409, 201)
    [shown] = owner.get("/api/v1/responses/exclusions").get_json()["items"]
    assert shown["own_account"] is True


def test_it_is_reported_by_person(manager: FlaskClient, answer: Answer, company: dict[str, int], app: Flask) -> None:
    for name, score in (("a1", 2), ("a2", 7), ("a3", 10), ("a4", 0)):
        exclude(manager, answer(name, score=score))
    put_back(manager, 1)
    with app.app_context():
        viewer = get_viewer(company["manager"])
        found = list_changed_answers(viewer, clock.now() - timedelta(days=1))
    told = [(line.kind, line.before, line.after, line.put_back_at is not None, line.flatters) for line in reversed(found)]
    assert told == [
        ("excluded", 2, None, True, False),
        ("excluded", 7, None, False, False),
        ("excluded", 10, None, False, False),
        ("excluded", 0, None, False, True),
    ]
    assert {line.by for line in found} == {viewer.name}
    listed = manager.get("/app/honesty/answers.csv").get_data(as_text=True).splitlines()
    assert len(listed) == 5
    assert viewer.name in manager.get("/app/honesty").get_data(as_text=True)


def test_a_correction_of_an_own_account_is_reported(answer: Answer, company: dict[str, int], app: Flask) -> None:
    fine = answer("fine", score=9)
    with app.app_context():
        insert(Grant, user_id=company["owner"], permission="response.correct", scope=Scope.OWN)
    owner = as_user(app.test_client(), company["owner"])
    said = {"score": 10, "reason": "mistyped", "note": "Said ten"}
    assert owner.post(f"/api/v1/responses/{fine}/corrections", json=said).status_code in (200, 201)
    with app.app_context():
        [line] = list_changed_answers(get_viewer(company["manager"]), clock.now() - timedelta(days=1))
    assert (line.kind, line.before, line.after, line.own_account, line.note) == ("corrected", 9, 10, True, "Said ten")


def test_a_correction_is_not_hidden_by_an_exclusion(
    manager: FlaskClient, answer: Answer, company: dict[str, int], app: Flask
) -> None:
    """A detractor corrected to a promoter and then excluded: what is gone is the detractor."""
    both = answer("both", score=4)
    said = {"score": 10, "reason": "mistyped", "note": "Said ten"}
    assert manager.post(f"/api/v1/responses/{both}/corrections", json=said).status_code in (200, 201)
    assert exclude(manager, both) == 201
    found = _reported(app, company)
    assert found == {("excluded", 10, None, 4, True), ("corrected", 4, 10, 4, True)}
    page = manager.get("/app/honesty").get_data(as_text=True)
    assert page.count("Said ten") >= 1
    put_back(manager, both)
    assert _reported(app, company) == {("excluded", 10, None, 10, False), ("corrected", 4, 10, 4, True)}


def _reported(app: Flask, company: dict[str, int]) -> set[tuple[object, ...]]:
    with app.app_context():
        found = list_changed_answers(get_viewer(company["manager"]), clock.now() - timedelta(days=1))
    return {(line.kind, line.before, line.after, line.said, line.flatters) for line in found}


def test_they_come_in_pages(manager: FlaskClient, answer: Answer) -> None:
    made = [exclude(manager, answer(name)) for name in ("a1", "a2", "a3")]
    assert made == [201, 201, 201]
    first = manager.get("/api/v1/responses/exclusions?limit=2").get_json()
    last = manager.get(f"/api/v1/responses/exclusions?limit=2&cursor={first['next_cursor']}").get_json()
    ids = [one["id"] for one in first["items"] + last["items"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), last["next_cursor"]) == (3, None)


@pytest.mark.parametrize("body", [{}, {"reason": "test", "note": ""}, {"reason": "because", "note": "Why"}])
def test_a_reason_is_asked_for(manager: FlaskClient, answer: Answer, body: dict[str, str]) -> None:
    assert manager.post(f"/api/v1/responses/{answer()}/exclusion", json=body).status_code == 422


def test_what_is_not_there_is_not_found(manager: FlaskClient, answer: Answer) -> None:
    stored = answer()
    assert (put_back(manager, stored), exclude(manager, stored), exclude(manager, stored)) == (404, 201, 404)


PEOPLE = [("acme", "ana"), ("acme", "ben"), ("other", "cleo")]
step = st.tuples(st.sampled_from(["add", "exclude", "put back", "correct"]), st.integers(0, 10), st.integers(0, 2))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(step, min_size=3, max_size=10))
def test_all_totals_are_those_of_the_answers_that_count(
    manager: FlaskClient, company: dict[str, int], steps: list[tuple[str, int, int]]
) -> None:
    for name, number, who in steps:
        _STEPS[name](manager, number, who)
    assert counts_are_exact(manager)


def _add(client: FlaskClient, number: int, who: int) -> None:
    account, contact = PEOPLE[who]
    draft = AnswerDraft(account, number, contact, external_id=f"x{next(_names)}", defects=("late", "rude")[:who])
    with client.application.app_context(), transaction():
        accept_answers([draft], AcceptOptions())


def _ids(client: FlaskClient, column: object, *conditions: object) -> list[int]:
    with client.application.app_context():
        return list(db.session.scalars(sa.select(column).where(*conditions).order_by(column)))


def _exclude(client: FlaskClient, number: int, who: int) -> None:
    for response_id in _ids(client, Response.id)[number : number + 1]:
        assert exclude(client, response_id) == 201


def _put_back(client: FlaskClient, number: int, who: int) -> None:
    for response_id in _ids(client, ResponseExclusion.response_id, ResponseExclusion.put_back_at.is_(None))[:1]:
        assert put_back(client, response_id) == 204


def _correct(client: FlaskClient, number: int, who: int) -> None:
    for response_id in _ids(client, Response.id)[-1:]:
        body = {"score": number, "reason": "mistyped", "note": "Why"}
        assert client.post(f"/api/v1/responses/{response_id}/corrections", json=body).status_code in (201, 409)


_STEPS = {"add": _add, "exclude": _exclude, "put back": _put_back, "correct": _correct}


def test_what_another_answer_has_replaced_does_not_come_back_beside_it(
    manager: FlaskClient, answer: Answer, company: dict[str, int], app: Flask
) -> None:
    with app.app_context(), transaction() as session:
        link = invite_contact(company["acme"], company["ana"], actor="test").invitation_id
        gone = _answer_over(link)
        session.execute(sa.update(Response).where(Response.id == gone).values(external_id=None))
    assert exclude(manager, gone) == 201
    other = answer("a7")
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Response).where(Response.id == other).values(invitation_id=link))
    assert put_back(manager, gone) == 409
    assert [one["id"] for one in manager.get("/api/v1/responses").get_json()["items"]] == [other]


def _answer_over(invitation_id: int) -> int:
    draft = AnswerDraft(
        account_external_id="acme", contact_external_id="ana", score=2, source="survey", invitation_id=invitation_id
    )
    return accept_answers([draft], AcceptOptions(actor="test", one_by_one=True))[0].response_id
