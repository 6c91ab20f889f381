"""A wrongly given answer is corrected: both values stay, everything that counted it follows."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.access.models import Grant
from feedback.access.rules import Scope
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.issues.models import Issue, IssueEvent
from feedback.surveys.models import Response
from tests.factories import insert
from tests.logins import as_user, token
from tests.slices.changes.totals import counts_are_exact

Answer = Callable[..., int]
WHY = {"reason": "mistyped", "note": "The agent took another key."}


def correct(manager: FlaskClient, response_id: int, **values: Any) -> TestResponse:
    return manager.post(f"/api/v1/responses/{response_id}/corrections", json=WHY | values)


def nps(client: FlaskClient) -> float:
    found = client.get("/api/v1/nps", headers=token(client.application, "read")).get_json()
    return found["items"][0]["nps"]


def test_both_values_stay(manager: FlaskClient, answer: Answer, company: dict[str, int]) -> None:
    stored = answer(comment="Three weeks late", defects=["late"])
    done = correct(manager, stored, score=9)
    assert (done.status_code, done.get_json()["score"], done.get_json()["previous_score"]) == (201, 9, 2)
    history = manager.get(f"/api/v1/responses/{stored}/corrections").get_json()
    [before] = history["versions"]
    assert (history["score"], before["score"], before["comment"], before["defects"]) == (9, 2, "Three weeks late", ["late"])
    assert (before["changed_by"], before["reason"]) == (f"user:{company['manager']}", "mistyped")
    assert before["note"] == WHY["note"]


def test_every_figure_follows_at_once(manager: FlaskClient, answer: Answer) -> None:
    stored = answer(defects=["late"])
    assert nps(manager) == -100
    correct(manager, stored, score=9, defects=["rude"])
    assert nps(manager) == 100
    assert counts_are_exact(manager)


def test_the_issue_of_the_wrong_answer_stays_with_a_note(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    correct(manager, answer(), score=9)
    with app.app_context():
        [issue] = db.session.scalars(sa.select(Issue))
        [note] = db.session.scalars(sa.select(IssueEvent).where(IssueEvent.kind == "voice_corrected"))
        assert issue.closed_at is None
        assert (note.data["was"], note.data["now"], note.data["reason"]) == (2, 9, "mistyped")


def test_a_new_detractor_opens_an_issue(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    done = correct(manager, answer(score=9), score=1)
    with app.app_context():
        [issue] = db.session.scalars(sa.select(Issue))
        assert done.get_json()["issue_id"] == issue.id


def test_open_decisions_are_closed(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    stored = answer(score=9)
    ask = {"account_external_id": "acme", "purpose": "offers", "channel": "email", "initiation": "outbound"}
    manager.post("/api/v1/gate/evaluate", json=ask, headers=token(app, "gate"))
    correct(manager, stored, score=3)
    with app.app_context():
        [decision] = db.session.scalars(sa.select(GateDecision))
        assert decision.invalidated_at is not None
        assert decision.invalidated_by == f"response:{stored}"


def test_an_answer_moves_to_the_person_who_gave_it(manager: FlaskClient, answer: Answer, company: dict[str, int]) -> None:
    stored = answer()
    moved = correct(manager, stored, account_id=company["other"], contact_id=company["cleo"], reason="wrong_account")
    assert (moved.status_code, moved.get_json()["account_id"]) == (201, company["other"])
    with manager.application.app_context():
        row = db.session.get_one(Response, stored)
        assert (row.segment, row.region) == ("Corporate", "east")
        here, there = db.session.scalars(sa.select(Issue).order_by(Issue.id))
        assert (here.account_id, there.account_id) == (company["acme"], company["other"])
        assert moved.get_json()["issue_id"] == there.id
        [note] = db.session.scalars(sa.select(IssueEvent).where(IssueEvent.kind == "voice_moved"))
        assert note.issue_id == here.id
    assert counts_are_exact(manager)


def test_the_same_file_again_changes_nothing(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    stored = answer()
    correct(manager, stored, score=9)
    body = {"account_external_id": "acme", "contact_external_id": "ana", "score": 2, "external_id": "a1"}
    again = manager.post("/api/v1/responses", json=body, headers=token(app, "write"))
    assert (again.status_code, again.get_json()["id"], again.get_json()["score"]) == (200, stored, 9)


def test_other_content_from_the_source_is_told_where_to_go(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    correct(manager, answer(), score=9)
    body = {"account_external_id": "acme", "contact_external_id": "ana", "score": 4, "external_id": "a1"}
    refused = manager.post("/api/v1/responses", json=body, headers=token(app, "write"))
    assert refused.status_code == 409
    assert "corrected by hand" in refused.get_json()["detail"]


@pytest.mark.parametrize(
    "values",
    [
        {"score": 11},
        {"score": 8, "note": " "},
        {"score": 8, "reason": "changed_by_customer"},
        {"score": 8, "reason": "changed_by_phone"},
        {"defects": ["unknown"]},
        {"contact_id": 999},
        {},
    ],
)
def test_what_cannot_be_taken_is_refused(manager: FlaskClient, answer: Answer, values: dict[str, Any]) -> None:
    stored = answer()
    assert correct(manager, stored, **values).status_code == 422
    assert manager.get(f"/api/v1/responses/{stored}/corrections").get_json()["versions"] == []


def test_nothing_changed_is_no_version(manager: FlaskClient, answer: Answer) -> None:
    assert correct(manager, answer(), score=2).status_code == 409


def test_who_looks_after_an_account_does_not_better_it(
    manager: FlaskClient, answer: Answer, company: dict[str, int], app: Flask
) -> None:
    stored = answer()
    with app.app_context():
        insert(Grant, user_id=company["owner"], permission="response.correct", scope=Scope.OWN)
    owner = as_user(app.test_client(), company["owner"])
    assert correct(owner, stored, score=9).status_code == 409
    assert correct(owner, stored, contact_id=company["ben"], reason="wrong_person").status_code == 409
    assert correct(owner, stored, account_id=company["acme"], contact_id=company["ben"]).status_code == 409
    assert correct(owner, stored, comment="What was said on the phone").status_code == 201


def test_the_audit_names_no_words(manager: FlaskClient, answer: Answer, app: Flask) -> None:
    correct(manager, answer(), score=9)
    with app.app_context():
        [row] = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "response.corrected"))
        assert row.data == {"reason": "mistyped", "was": 2, "now": 9}
