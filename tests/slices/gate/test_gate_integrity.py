"""Decisions stay what they were: append-only tables, seals, replay; and they end when they must."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.gate.closing import expire_decisions, invalidate_decisions
from feedback.gate.evaluation import Question
from feedback.gate.models import GateDecision
from feedback.gate.rules import Initiation
from feedback.gate.service import evaluate_all
from feedback.kernel import clock
from feedback.kernel.db import UTCDateTime
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.uow import transaction
from tests.factories import make_account
from tests.logins import token
from tests.slices.gate.world import NOW, ask, give_issue, make_customer

PROTECTED = ("gate_decision", "gate_policy", "consent_event", "audit_event", "issue_event")


@pytest.fixture
def gate(app: Flask) -> dict[str, str]:
    return token(app, "gate")


@pytest.fixture
def decision_id(client: FlaskClient, app: Flask, gate: dict[str, str]) -> int:
    with app.app_context():
        account_id, _ = make_customer()
    return ask(client, account_id, gate)["decision_id"]


def run(app: Flask, *statements: str) -> None:
    with app.app_context(), transaction():
        for statement in statements:
            found = sa.text(statement)
            if ":long_ago" in statement:  # how an instant is written differs between the databases
                found = found.bindparams(sa.bindparam("long_ago", datetime(2020, 1, 1, tzinfo=UTC), UTCDateTime()))
            db.session.execute(found)


def _around(table: str) -> tuple[list[str], list[str]]:
    """How the guard is taken away and put back (each test has its own copy of a SQLite file, but not of PostgreSQL's tables)."""
    if db.engine.dialect.name == "postgresql":
        switch = f"ALTER TABLE {table} {{}} TRIGGER {table}_append_only"
        return [switch.format("DISABLE")], [switch.format("ENABLE")]
    return [f"DROP TRIGGER {table}_no_update", f"DROP TRIGGER {table}_no_delete"], []


def tamper(app: Flask, table: str, change: str) -> None:
    """Change a row as somebody with the database's password would."""
    with app.app_context():
        before, after = _around(table)
    run(app, *before, f"UPDATE {table} SET {change}", *after)  # noqa: S608


def replay(client: FlaskClient, decision_id: int, headers: dict[str, str]) -> Any:
    return client.get(f"/api/v1/gate/decisions/{decision_id}?replay=1", headers=headers)


def test_an_untouched_decision_replays(client: FlaskClient, decision_id: int, gate: dict[str, str]) -> None:
    response = replay(client, decision_id, gate)
    found = response.get_json()
    assert response.status_code == 200
    assert found["replay"] == {
        "agrees": True,
        "outcome": found["outcome"],
        "play": found["play"],
        "reasons": [reason["code"] for reason in found["reasons"]],
        "rows": found["rows"],
        "policy_version": found["policy_version"],
    }


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'hold'",
        "play = 'protect'",
        "purpose = 'partner_offers'",
        "channel = 'phone'",
        "initiation = 'requested'",
        "intent = 'upsell'",
        "product_code = 'x'",
        "inputs = '{}'",
        "evidence = '{\"advocacy\": {}}'",
        "reasons = '[]'",
        "rows_hit = '[]'",
        "requested_by = 'somebody'",
        "decided_at = :long_ago",
        "expires_at = :long_ago",
        "next_review_at = :long_ago",
        "seal = '00'",
        "marks_seal = '00'",
        "expired_at = :long_ago",
        "invalidated_at = :long_ago",
        "invalidated_by = 'response:7'",
    ],
)
def test_a_changed_decision_fails_its_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str], change: str
) -> None:
    tamper(app, "gate_decision", change)
    response = replay(client, decision_id, gate)
    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert "was changed after it was stored" in response.get_json()["detail"]


def test_a_decision_under_another_number_fails_its_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    tamper(app, "gate_decision", f"id = {decision_id + 70}")
    assert replay(client, decision_id + 70, gate).status_code == 409


def test_a_changed_decision_is_shown_as_such(client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]) -> None:
    path = f"/api/v1/gate/decisions/{decision_id}"
    assert client.get(path, headers=gate).get_json()["intact"] is True
    tamper(app, "gate_decision", "evidence = '{}', inputs = '{}'")
    found = client.get(path, headers=gate).get_json()
    assert (found["intact"], "was changed" in found["reasons"][0]["text"]) == (False, True)


def test_a_decision_about_another_contact_fails_its_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    with app.app_context():
        _, other = make_customer()
    tamper(app, "gate_decision", f"contact_id = {other}")
    assert "another contact" in replay(client, decision_id, gate).get_json()["detail"]


def test_a_decision_without_its_contact_fails_its_replay_while_the_contact_is_there(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    tamper(app, "gate_decision", "contact_id = NULL")
    assert "another contact" in replay(client, decision_id, gate).get_json()["detail"]


@pytest.mark.parametrize("column", ["account_id", "policy_version"])
def test_a_decision_under_another_account_or_policy_fails_its_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str], monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "share_of_wallet_cut", 0.1)
    with app.app_context():
        account_id, _ = make_customer()
    other = {"account_id": account_id, "policy_version": ask(client, account_id, gate)["policy_version"]}
    tamper(app, "gate_decision", f"{column} = '{other[column]}' WHERE id = {decision_id}")
    assert "was changed after it was stored" in replay(client, decision_id, gate).get_json()["detail"]


@pytest.mark.parametrize("change", ['tables = \'{"relationship": [], "permission": [], "combination": []}\'', "digest = '00'"])
def test_a_changed_policy_fails_the_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str], change: str
) -> None:
    tamper(app, "gate_policy", change)
    response = replay(client, decision_id, gate)
    assert response.status_code == 409
    assert "was changed after it was activated" in response.get_json()["detail"]


def test_a_decision_survives_another_policy(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "share_of_wallet_cut", 0.1)
    with app.app_context():
        account_id, _ = make_customer()
    newer = ask(client, account_id, gate)
    older = replay(client, decision_id, gate).get_json()
    assert (older["play"], newer["play"]) == ("upsell", "protect_and_refer")
    assert older["policy_version"] != newer["policy_version"]
    assert replay(client, newer["decision_id"], gate).status_code == 200


@pytest.fixture
def _rows(app: Flask, client: FlaskClient, decision_id: int, gate: dict[str, str]) -> None:
    """One row at least in each protected table."""
    with app.app_context():
        account_id, _ = make_customer()
        issue_id = give_issue(account_id)
    ask(client, account_id, gate, initiation="requested")
    moment = NOW.strftime("%Y-%m-%d %H:%M:%S")
    run(
        app,
        "INSERT INTO issue_event (issue_id, kind, actor, data, occurred_at) "  # noqa: S608
        f"VALUES ({issue_id}, 'note', 'test', '{{}}', '{moment}')",
    )


@pytest.mark.usefixtures("_rows")
@pytest.mark.parametrize("table", PROTECTED)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {}"])
def test_append_only_tables_reject_change_and_deletion(app: Flask, table: str, statement: str) -> None:
    column = {"gate_policy": "digest = 'x'", "gate_decision": "outcome = 'allow', play = 'x'", "consent_event": "basis = 'x'"}
    with pytest.raises(sa.exc.DatabaseError, match=f"{table} is append-only"):
        run(app, statement.format(table, column.get(table, "actor = 'x'")))


def close(app: Flask, because: str = "response:7") -> int:
    with app.app_context(), clock.frozen(NOW), transaction():
        return invalidate_decisions(list(db.session.scalars(sa.select(Account.id))), because)


@pytest.mark.parametrize("name", ["invalidated_by = 'another', marks_seal = 'x'", "marks_seal = 'x'", "invalidated_at = NULL"])
def test_marks_are_set_once(app: Flask, decision_id: int, name: str) -> None:
    assert close(app) == 1
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        run(app, f"UPDATE gate_decision SET {name} WHERE id = {decision_id}")  # noqa: S608


def test_a_mark_is_not_set_without_its_seal(app: Flask, decision_id: int) -> None:
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        run(app, f"UPDATE gate_decision SET invalidated_by = 'somebody' WHERE id = {decision_id}")  # noqa: S608


@pytest.mark.parametrize(
    "change",
    [
        "invalidated_at = NULL, invalidated_by = NULL",
        "invalidated_at = :long_ago",
        "invalidated_by = 'response:8'",
        "expired_at = :long_ago",
    ],
)
def test_a_closed_decision_whose_marks_were_changed_fails_its_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str], change: str
) -> None:
    assert (close(app), replay(client, decision_id, gate).status_code) == (1, 200)
    tamper(app, "gate_decision", change)
    assert "was changed after it was stored" in replay(client, decision_id, gate).get_json()["detail"]
    assert state(client, decision_id, gate) == "invalidated"


def test_marks_of_another_decision_fail_the_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    close(app)
    with app.app_context():
        account_id = db.session.scalar(sa.select(GateDecision.account_id))
    other = ask(client, account_id, gate)["decision_id"]
    columns = ("invalidated_at", "invalidated_by", "marks_seal")
    taken = [f"{name} = (SELECT {name} FROM gate_decision WHERE id = {other})" for name in columns]  # noqa: S608
    tamper(app, "gate_decision", f"{', '.join(taken)} WHERE id = {decision_id}")
    assert replay(client, decision_id, gate).status_code == 409


def test_a_decision_that_was_closed_and_ended_still_replays(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    close(app)
    with app.app_context(), clock.frozen(NOW + timedelta(hours=25)), transaction():
        assert expire_decisions() == 1
    assert replay(client, decision_id, gate).get_json()["intact"] is True


def test_the_contact_of_a_decision_is_not_emptied_while_it_exists(app: Flask, decision_id: int) -> None:
    with pytest.raises(sa.exc.DatabaseError, match="append-only"):
        run(app, f"UPDATE gate_decision SET contact_id = NULL WHERE id = {decision_id}")  # noqa: S608


def test_an_erased_contact_leaves_decisions_that_still_replay(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        db.session.execute(sa.delete(Contact))
    response = replay(client, decision_id, gate)
    assert (response.status_code, response.get_json()["contact"]) == (200, None)
    assert "a former contact" in response.get_json()["reasons"][0]["text"]


@pytest.mark.usefixtures("_rows")
def test_erasing_an_account_takes_its_decisions_and_issues_along(app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.execute(sa.delete(Account))
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GateDecision)) == 0


def state(client: FlaskClient, decision_id: int, headers: dict[str, str], at: Any = NOW) -> str:
    with clock.frozen(at):
        return client.get(f"/api/v1/gate/decisions/{decision_id}", headers=headers).get_json()["state"]


def test_a_decision_ends_at_its_time_without_a_job(client: FlaskClient, decision_id: int, gate: dict[str, str]) -> None:
    ends = NOW + timedelta(hours=24)
    assert [state(client, decision_id, gate, at) for at in (ends - timedelta(seconds=1), ends)] == ["live", "expired"]


def test_the_job_marks_what_ended(app: Flask, decision_id: int) -> None:
    with app.app_context():
        for at, count in ((NOW, 0), (NOW + timedelta(hours=25), 1), (NOW + timedelta(hours=26), 0)):
            with clock.frozen(at), transaction():
                assert expire_decisions() == count
        assert db.session.scalar(sa.select(GateDecision.expired_at)) == NOW + timedelta(hours=25)


def test_news_closes_the_open_decisions_of_the_account_alone(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    with app.app_context():
        account_id = db.session.scalar(sa.select(GateDecision.account_id))
        other, _ = make_customer()
    kept = ask(client, other, gate)["decision_id"]
    with app.app_context(), clock.frozen(NOW), transaction():
        assert [invalidate_decisions([account_id], "response:7") for _ in range(2)] == [1, 0]
    assert [state(client, id_, gate) for id_ in (decision_id, kept)] == ["invalidated", "live"]
    assert replay(client, decision_id, gate).get_json()["invalidated_by"] == "response:7"


def test_a_withdrawal_closes_a_decision_that_is_being_written(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, contact_id = make_customer()
    read = threading.Event()

    def decide() -> None:
        question = Question(Purpose.OFFERS, Channel.EMAIL, Initiation.OUTBOUND, account_id=account_id)
        with app.app_context(), transaction():
            evaluate_all([(question, Viewer("token", "t", token_scopes=frozenset({"gate"})))])
            read.set()
            time.sleep(0.3)  # the withdrawal begins, and has to wait for us

    def withdraw() -> None:
        read.wait(10)
        draft = ConsentDraft(contact_id, Purpose.OFFERS, Channel.EMAIL, ConsentAction.WITHDRAWN, clock.now())
        with app.app_context(), transaction():
            record_consents([draft], recorded_by="test")

    threads = [threading.Thread(target=one) for one in (decide, withdraw)]
    [thread.start() for thread in threads]
    [thread.join(20) for thread in threads]
    with app.app_context():
        assert db.session.scalar(sa.select(GateDecision.invalidated_at)) is not None


def test_a_withdrawal_closes_the_decisions_about_this_contact(
    client: FlaskClient, app: Flask, decision_id: int, gate: dict[str, str]
) -> None:
    with app.app_context(), clock.frozen(NOW), transaction():
        contact_id = db.session.scalar(sa.select(GateDecision.contact_id))
        draft = ConsentDraft(contact_id, Purpose.OFFERS, Channel.EMAIL, ConsentAction.WITHDRAWN, NOW)
        record_consents([draft], recorded_by="test")
    assert state(client, decision_id, gate) == "invalidated"


def test_nothing_is_closed_where_nothing_is_open(app: Flask) -> None:
    with app.app_context(), transaction():
        assert invalidate_decisions([make_account()], "response:1") == 0
        assert invalidate_decisions([], "response:1") == 0
