"""A person is erased: who it was goes everywhere, what was counted stays counted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import AccountContact, Contact, Interaction
from feedback.accounts.rules import ErasureReason
from feedback.accounts.upserts import upsert_contacts
from feedback.audit.service import record
from feedback.cli import main
from feedback.closed_loop.erasure import clean_up, erase_person, get_receipt, list_receipts, preview_erasure
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.listening.sending import send_survey
from feedback.outbox.delivery import Message
from feedback.outbox.service import enqueue
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.uow import clear_files, transaction
from tests.databases import USE_POSTGRESQL
from tests.logins import token
from tests.slices.changes.totals import counts_are_exact, reports

Answer = Callable[..., int]
NAME, EMAIL, PHONE, ID = "Zephyrine Quillfeather", "zephyrine.q@canary.example", "+34 600 123 987", "zq-canary-77"
CANARIES = ("Zephyrine", "Quillfeather", "canary", "600 123 987", "600123987", "unforgettable words")


@pytest.fixture
def known(client: FlaskClient, app: Flask, company: dict[str, int]) -> int:
    """A person with a trace in every table that keeps words."""
    headers = token(app)
    person = {"external_id": ID, "name": NAME, "email": EMAIL, "phone": PHONE, "role": "decision_maker"}
    added = client.post(f"/api/v1/accounts/{company['acme']}/contacts", json=person, headers=headers)
    contact_id = added.get_json()["id"]
    said = {"account_external_id": "acme", "contact_external_id": ID, "score": 3, "comment": "unforgettable words"}
    stored = client.post(
        "/api/v1/responses",
        json=said | {"external_id": "z1", "defects": ["late"]},
        headers=headers | {"Idempotency-Key": "1"},
    ).get_json()
    gone = client.post("/api/v1/responses", json=said | {"external_id": f"{ID}:2"}, headers=headers).get_json()
    why = {"note": f"{NAME} called", "reason": "mistyped"}
    client.post(
        f"/api/v1/responses/{stored['id']}/corrections", json=why | {"score": 2, "comment": "more canary"}, headers=headers
    )
    client.post(f"/api/v1/responses/{gone['id']}/exclusion", json=why | {"reason": "duplicate"}, headers=headers)
    consent = {"purpose": "feedback", "channel": "email", "action": "granted", "basis": "consent", "evidence": f"mail of {EMAIL}"}
    client.post(
        f"/api/v1/contacts/{contact_id}/consents",
        json=consent | {"occurred_at": "2026-01-01T10:00:00Z"},
        headers=headers,
    )
    client.post("/api/v1/invitations", json={"account_external_id": "acme", "contact_external_id": ID}, headers=headers)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).values(root_cause=f"Ms Quillfeather ({PHONE}) was forgotten", title="Zephyrine's claim"))
        note(stored["issue_id"], "noted", None, note=f"Talk to {NAME.upper()}")
        record("user:1", "export.made", "contact", contact_id, asked_for=EMAIL)
        enqueue("notify_user", "canaries", {"user_id": company["owner"], "kind": "x", "params": {"name": NAME}, "link": "/"})
        session.execute(sa.update(Invitation).values(address=EMAIL))
        talk = {"account_id": company["acme"], "channel": "phone", "direction": "in", "occurred_at": clock.now()}
        talk |= {"created_at": clock.now()}
        session.execute(sa.insert(Interaction), [talk | {"contact_id": contact_id, "summary": "unforgettable words"}])
        session.execute(sa.insert(Interaction), [talk | {"contact_id": company["ben"], "summary": f"Ask Zephyrine, {EMAIL}"}])
    return contact_id


def erase(app: Flask, contact_id: int) -> int:
    with app.app_context():
        with transaction():
            receipt = erase_person(contact_id, ErasureReason.REQUESTED, actor="user:1")
        clean_up()
    return receipt


def everything() -> str:
    """All rows of all tables, as text."""
    return "\n".join(str(tuple(row)) for table in Model.metadata.sorted_tables for row in db.session.execute(sa.select(table)))


def test_no_table_knows_the_person_any_more(known: int, app: Flask) -> None:
    with app.app_context():
        before = everything().lower()
        assert [word for word in CANARIES if word.lower() in before] == [word for word in CANARIES if word != "600123987"]
    erase(app, known)
    with app.app_context():
        assert [word for word in CANARIES if word.lower() in everything().lower()] == []


def test_every_report_stays_what_it_was(known: int, app: Flask, client: FlaskClient) -> None:
    before = reports(client)
    erase(app, known)
    assert reports(client) == before
    assert counts_are_exact(client)


def test_the_preview_says_what_will_happen_and_does_nothing(known: int, app: Flask) -> None:
    with app.app_context():
        before = everything()
        with transaction():
            shown = preview_erasure(known)
        assert everything() == before
    receipt = erase(app, known)
    with app.app_context():
        done = get_receipt(receipt)
    assert shown.counts == done.counts
    assert (shown.counts["comments"], shown.counts["scores_kept"], shown.counts["mails_stopped"]) == (3, 1, 1)


def test_the_link_of_the_person_is_dead(known: int, app: Flask, client: FlaskClient) -> None:
    erase(app, known)
    with app.app_context():
        [row] = db.session.scalars(sa.select(Invitation))
        assert (row.state, row.token_digest, row.address) == ("stopped", None, None)
        link = db.session.scalars(sa.select(AccountContact).where(AccountContact.contact_id == known)).one()
        assert link.left_at is not None


@pytest.mark.skipif(USE_POSTGRESQL, reason="PostgreSQL's files are its own; VACUUM frees them")
@pytest.mark.parametrize("secure", [True, False])
def test_the_files_hold_nothing_of_it(known: int, app: Flask, secure: bool) -> None:
    file = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    with app.app_context():
        assert clear_files()
        assert _in_files(file)
        with transaction() as session:
            session.connection().exec_driver_sql(f"PRAGMA secure_delete={'ON' if secure else 'OFF'}")
            erase_person(known, ErasureReason.REQUESTED, actor="user:1")
        clean_up()
        [receipt] = list_receipts()
    assert receipt.files_cleaned_at is not None
    assert bool(_in_files(file)) is not secure


def _in_files(file: Path) -> set[str]:
    """Canaries that stand in the database's files, in any case."""
    parts = [part.read_bytes().lower() for part in file.parent.glob(f"{file.name}*") if part.exists()]
    return {word for word in CANARIES for part in parts if word.lower().encode() in part}


def test_a_file_does_not_bring_the_person_back(known: int, app: Flask, client: FlaskClient, company: dict[str, int]) -> None:
    erase(app, known)
    url, headers = f"/api/v1/accounts/{company['acme']}/contacts", token(app)
    for body in ({"external_id": ID.upper()}, {"external_id": "another", "email": EMAIL.title()}):
        refused = client.post(url, json=body, headers=headers)
        assert (refused.status_code, "erased" in str(refused.get_json()["errors"])) == (422, True)
    with app.app_context():
        with transaction():
            upsert_contacts([{"account_external_id": "acme", "external_id": ID, "email": EMAIL}])
        [receipt] = list_receipts()
        assert receipt.met_again == 2


def test_the_same_answers_again_change_nothing(known: int, app: Flask, client: FlaskClient) -> None:
    erase(app, known)
    said = {"account_external_id": "acme", "contact_external_id": ID, "contact_name": NAME, "score": 9, "comment": "canary"}
    again = client.post("/api/v1/responses", json=_plain(said) | {"external_id": "z1"}, headers=token(app))
    assert (again.status_code, again.get_json()["score"]) == (200, 2)
    old = _plain(said) | {"external_id": "z9", "responded_at": "2026-01-01T10:00:00Z"}
    refused = client.post("/api/v1/responses", json=old, headers=token(app))
    assert (refused.status_code, "erased" in refused.get_json()["detail"]) == (409, True)
    with app.app_context():
        assert "canary" not in everything()


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "contact_name"}


def test_what_is_said_afterwards_counts_for_somebody_without_a_name(known: int, app: Flask, client: FlaskClient) -> None:
    erase(app, known)
    said = {"account_external_id": "acme", "contact_external_id": ID, "contact_email": EMAIL, "score": 9, "external_id": "new"}
    stored = client.post("/api/v1/responses", json=said, headers=token(app))
    assert (stored.status_code, stored.get_json()["contact_id"]) == (201, known)
    with app.app_context():
        contact = db.session.get_one(Contact, known)
        assert (contact.name, contact.email, contact.external_id) == (None, None, f"erased-{known}")


def test_others_are_left_alone(known: int, app: Flask, company: dict[str, int], answer: Answer) -> None:
    stored = answer(comment="Kind words")
    erase(app, known)
    with app.app_context():
        assert db.session.get_one(Response, stored).comment == "Kind words"
        assert db.session.get_one(Contact, company["ben"]).name is not None


def test_append_only_tables_stay_guarded(known: int, app: Flask) -> None:
    erase(app, known)
    with app.app_context(), pytest.raises(sa.exc.DBAPIError), transaction() as session:
        session.execute(sa.text("UPDATE audit_event SET data = '{}'"))


def test_over_the_api(known: int, app: Flask, client: FlaskClient) -> None:
    url, headers = f"/api/v1/contacts/{known}/erasure", token(app, "admin")
    preview = client.get(url, headers=headers).get_json()
    done = client.post(url, json={"reason": "requested"}, headers=headers | {"Idempotency-Key": "erase"})
    assert (done.status_code, done.get_json()["counts"]["comments"]) == (201, preview["counts"]["comments"])
    with app.app_context():
        assert db.session.get_one(Contact, known).name is None
        assert clean_up() == 1
    [listed] = client.get("/api/v1/erasures", headers=headers).get_json()["items"]
    assert (listed["reason"], listed["files_cleaned_at"] is None) == ("requested", False)


def test_on_the_command_line(known: int, app: Flask) -> None:
    runner = app.test_cli_runner()
    refused = runner.invoke(main, ["person", "erase", ID, "--reason", "requested"], input="n\n")
    assert ("3  comments" in refused.output, refused.exit_code) == (True, 1)
    done = runner.invoke(main, ["person", "erase", ID, "--reason", "requested", "--yes"])
    assert ("Erased. Receipt 1." in done.output, done.exit_code) == (True, 0)
    assert runner.invoke(main, ["person", "erase", ID, "--reason", "requested", "--yes"]).exit_code == 1


def test_a_mail_that_waits_does_not_leave(app: Flask, company: dict[str, int]) -> None:
    with app.app_context():
        with transaction() as session:
            survey = session.scalars(sa.select(SurveyProgram.id)).first()
            values = {"account_id": company["acme"], "contact_id": company["ana"], "survey_id": survey, "created_by": "x"}
            values |= {"created_at": clock.now(), "expires_at": clock.now() + timedelta(days=9), "nonce": "n", "reminders": 0}
            values |= {"state": InvitationState.QUEUED, "address": "ana@example.com"}
            invitation = session.execute(sa.insert(Invitation).values(**values)).inserted_primary_key[0]
        with transaction():
            erase_person(company["ana"], ErasureReason.REQUESTED, actor="user:1")
        send_survey(_Nobody(), [Message(1, "send_survey", "k", {"invitation_id": invitation, "number": 0}, 0, clock.now())])
        assert db.session.get_one(Invitation, invitation).state is InvitationState.STOPPED


class _Nobody:
    def send(self, mail: object) -> None:
        raise AssertionError("a mail left")
