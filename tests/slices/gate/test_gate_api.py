"""The gate through HTTP: one decision, batch, what-if, stored decisions, refusals."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.gate.schemas import DecisionOut, DecisionsOut, StandingOut, StoredDecisionOut
from feedback.kernel import clock
from tests.factories import make_account, make_contact, make_team, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import EVALUATE, NOW, ask, give_answer, give_issue, make_customer, question

ORACLE = Path(__file__).parents[2] / "rules" / "data" / "gate_outcomes.csv"
INPUTS = ("advocacy", "share_of_wallet", "issues", "consent", "timing", "initiation")


@pytest.fixture
def gate(app: Flask) -> dict[str, str]:
    return token(app, "gate")


def test_a_promoter_with_a_low_share_may_be_sold_to(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, contact_id = make_customer()
    found = ask(client, account_id, gate)
    assert not DecisionOut().validate(found)
    assert (found["outcome"], found["play"], found["rows"]) == ("allow", "upsell", ["R07", "P09"])
    assert found["contact"]["id"] == contact_id
    assert [reason["code"] for reason in found["reasons"]] == ["rel_promoter", "sow_low"]


def test_the_decision_is_kept_with_inputs_and_evidence(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
    found = ask(client, account_id, gate)
    with clock.frozen(NOW):
        stored = client.get(f"/api/v1/gate/decisions/{found['decision_id']}", headers=gate).get_json()
    assert not StoredDecisionOut().validate(stored)
    assert {name: stored[name] for name in found} == found
    assert stored["state"] == "live"


def test_it_may_be_acted_on_for_a_day(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
    found = ask(client, account_id, gate)
    assert found["expires_at"] == (NOW + timedelta(hours=24)).isoformat()


def test_reasons_name_people_scores_and_evidence(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id = make_account()
        contact_id = make_contact(account_id, name="Ana Ruiz")
        response_id = give_answer(account_id, contact_id, 4)
    reason = next(one for one in ask(client, account_id, gate)["reasons"] if one["code"] == "rel_detractor")
    assert reason["text"] == "Ana Ruiz (decision maker) scored us 4 on Oct 23, 2026."
    assert reason["evidence"] == [{"type": "response", "id": response_id}]


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"purpose": "service"}, "purpose"),
        ({"purpose": "feedback"}, "purpose"),
        ({"intent": "renew_same"}, "intent"),
        ({"channel": "fax"}, "channel"),
        ({"initiation": None}, "initiation"),
        ({"account_id": None}, "account_external_id"),
        ({"account_external_id": "A1"}, "account_external_id"),
        ({"advocacy": "promoter"}, "advocacy"),
        ({"account_id": "x"}, "account_id"),
    ],
)
def test_a_broken_question_names_the_field(
    client: FlaskClient, gate: dict[str, str], broken: dict[str, object], field: str
) -> None:
    response = client.post(EVALUATE, json=question(1, **broken), headers=gate)
    assert (response.status_code, list(response.get_json()["errors"])) == (422, [field])


def test_renewing_the_same_contract_is_explained(client: FlaskClient, gate: dict[str, str]) -> None:
    response = client.post(EVALUATE, json=question(1, intent="renew_same"), headers=gate)
    assert "is not a sale" in response.get_json()["errors"]["intent"][0]


@pytest.mark.parametrize("wanted", [{"account_id": 999}, {"account_id": None, "account_external_id": "nobody"}])
def test_an_unknown_account_is_not_found(client: FlaskClient, gate: dict[str, str], wanted: dict[str, object]) -> None:
    assert client.post(EVALUATE, json=question(1, **wanted), headers=gate).status_code == 404


def test_a_contact_of_another_account_is_not_found(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
        make_contact(make_account(), external_id="elsewhere")
    body = question(account_id, contact_external_id="elsewhere")
    assert client.post(EVALUATE, json=body, headers=gate).status_code == 404


def test_nobody_else_may_ask(client: FlaskClient, app: Flask) -> None:
    assert client.post(EVALUATE, json=question(1)).status_code == 401
    assert client.post(EVALUATE, json=question(1), headers=token(app, "read")).status_code == 403


def test_another_managers_account_looks_like_a_missing_one(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        account_id, _ = make_customer(owner_id=other)
    as_user(client, mine)
    foreign = client.post(EVALUATE, json=question(account_id))
    missing = client.post(EVALUATE, json=question(account_id + 1000))
    assert (foreign.status_code, foreign.get_json()) == (404, missing.get_json())


def test_another_managers_decision_and_standing_look_missing(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        account_id, _ = make_customer(owner_id=other)
    decision_id = ask(app.test_client(), account_id, gate)["decision_id"]
    as_user(client, mine)
    for path in (f"/api/v1/gate/decisions/{decision_id}", f"/api/v1/accounts/{account_id}/standing"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.ACCOUNT_MANAGER, 200), (Role.EXECUTIVE, 403), (Role.FRONTLINE, 404)])
def test_roles_and_their_reach(client: FlaskClient, app: Flask, role: Role, status: int) -> None:
    with app.app_context():
        user_id = make_user(role, team_id=make_team())
        account_id, _ = make_customer(owner_id=user_id if role is Role.ACCOUNT_MANAGER else None)
    assert as_user(client, user_id).post(EVALUATE, json=question(account_id)).status_code == status


def test_the_frontline_may_ask_where_it_has_an_issue(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        user_id = make_user(Role.FRONTLINE, team_id=make_team())
        account_id, _ = make_customer()
        give_issue(account_id, owner_id=user_id)
    assert as_user(client, user_id).post(EVALUATE, json=question(account_id)).status_code == 200


def test_all_1152_inputs_through_what_if(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    differing = []
    for row in csv.DictReader(ORACLE.read_text("utf-8").splitlines()):
        found = client.post("/api/v1/gate/what-if", json={name: row[name] for name in INPUTS}, headers=gate).get_json()
        wanted = (row["outcome"], row["play"], row["reasons"].split(), [row["relationship_row"], row["permission_row"]])
        if (found["outcome"], found["play"], found["reasons"], found["rows"]) != wanted:
            differing.append((row, found))
    assert differing == []
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GateDecision)) == 0


def test_what_if_takes_nothing_but_the_six_inputs(client: FlaskClient, gate: dict[str, str]) -> None:
    response = client.post("/api/v1/gate/what-if", json={"advocacy": "glad"}, headers=gate)
    assert (response.status_code, sorted(response.get_json()["errors"])) == (422, sorted(INPUTS))


def test_a_batch_equals_single_questions(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        accounts = [make_customer(score, share=share)[0] for score in (None, 3, 8, 10) for share in (None, 0.2, 0.8)]
        give_issue(accounts[-1])
    questions = [question(id_, initiation=how) for id_ in accounts for how in ("outbound", "inbound_served", "requested")]
    with clock.frozen(NOW):
        batch = client.post("/api/v1/gate/evaluate-batch", json={"requests": questions}, headers=gate).get_json()
        singles = [client.post(EVALUATE, json=one, headers=gate).get_json() for one in questions]
    assert not DecisionsOut().validate(batch)
    assert [one | {"decision_id": 0} for one in batch["items"]] == [one | {"decision_id": 0} for one in singles]


def test_a_batch_answers_what_it_can(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
    body = {"requests": [question(account_id), question(999), question(account_id)]}
    items = client.post("/api/v1/gate/evaluate-batch", json=body, headers=gate).get_json()["items"]
    assert [item.get("outcome", item.get("error", {}).get("status")) for item in items] == ["allow", 404, "allow"]


def test_a_batch_with_a_broken_question_names_it(client: FlaskClient, gate: dict[str, str]) -> None:
    response = client.post("/api/v1/gate/evaluate-batch", json={"requests": [question(1), {}]}, headers=gate)
    assert response.status_code == 422
    assert "requests.1.purpose" in response.get_json()["errors"]


def test_each_use_of_requested_is_on_record(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
    ask(client, account_id, gate)
    decision_id = ask(client, account_id, gate, initiation="requested")["decision_id"]
    with app.app_context():
        lines = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "gate.requested_by_customer")).all()
    assert [(line.object_type, line.object_id) for line in lines] == [("gate_decision", str(decision_id))]


def test_the_same_key_gives_the_same_decision(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
    headers = gate | {"Idempotency-Key": "one"}
    first, second = (client.post(EVALUATE, json=question(account_id), headers=headers) for _ in range(2))
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_standing_says_what_must_change(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        owner = make_user(Role.FRONTLINE, name="L. Gómez")
        account_id, _ = make_customer(4)
        issue_id = give_issue(account_id, owner_id=owner)
    with clock.frozen(NOW):
        found = client.get(f"/api/v1/accounts/{account_id}/standing", headers=gate).get_json()
    assert not StandingOut().validate(found)
    assert (found["advocacy"], found["issues"], found["play"], found["stance"]) == (
        "detractor",
        "major_open",
        "fix_basics",
        "hold",
    )
    due = (NOW + timedelta(days=2)).isoformat()
    assert (found["must_change"][0]["issue_id"], found["must_change"][0]["owner"], found["must_change"][0]["due"]) == (
        issue_id,
        "L. Gómez",
        due,
    )
    assert found["must_change"][1]["text"].startswith("A fresh score of 7 or better from Contact")


def test_dates_in_sentences_follow_the_viewers_language(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        user_id = make_user(Role.ACCOUNT_MANAGER, locale="es")
        account_id, _ = make_customer(owner_id=user_id)
    assert "23 oct 2026" in ask(as_user(client, user_id), account_id, {})["reasons"][0]["text"]


def test_a_question_may_say_in_which_language_it_is_answered(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        user_id = make_user(Role.ACCOUNT_MANAGER, locale="es")
        account_id, _ = make_customer(4, owner_id=user_id)
    as_user(client, user_id)
    said = [client.get(f"/api/v1/accounts/{account_id}/standing{lang}").get_json() for lang in ("", "?lang=ru", "?lang=xx")]
    texts = [found["must_change"][-1]["text"] for found in said]
    assert texts[0] == texts[2] != texts[1]
    assert texts[1].startswith("Новая оценка")
