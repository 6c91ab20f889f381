"""Where a person stands besides the contact: old addresses, moved answers, deliveries, caught mails; and who is not touched."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import Contact
from feedback.accounts.rules import ErasureReason
from feedback.audit.models import AuditEvent
from feedback.audit.service import record
from feedback.closed_loop.erasure import clean_up, erase_person, preview_erasure
from feedback.extensions import db
from feedback.inlets.models import InboundEvent
from feedback.inlets.rules.kinds import ConnectorKind, EventState
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueEvent
from feedback.kernel import clock
from feedback.outbox.caught import MailFolder
from feedback.outbox.models import OutboxMessage
from feedback.outbox.service import enqueue
from feedback.permission.models import Suppression
from feedback.permission.rules import SuppressionReason
from feedback.permission.suppressions import suppress, suppressed_contacts
from feedback.surveys.models import Response, ResponseExclusion, ResponseVersion
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact
from tests.logins import token
from tests.slices.changes.totals import counts_are_exact
from tests.slices.inlets.senders import make_connector, send_typeform, typeform

Answer = Callable[..., int]


@pytest.fixture
def people(app: Flask, company: dict[str, int]):
    with app.app_context():
        yield company


def erase(contact_id: int) -> None:
    with transaction():
        erase_person(contact_id, ErasureReason.REQUESTED, actor="user:1")


def rename(contact_id: int, name: str, **values: object) -> None:
    with transaction() as session:
        session.execute(sa.update(Contact).where(Contact.id == contact_id).values(name=name, **values))


def test_words_of_an_answer_that_was_given_to_somebody_else(people, answer: Answer, client: FlaskClient) -> None:
    rename(people["ana"], "Anabel Quix")
    stored = answer(comment="Anabel Quix speaking: call me")
    change = {"contact_id": people["ben"], "reason": "wrong_person", "note": "Anabel says it was Ben"}
    done = client.post(f"/api/v1/responses/{stored}/corrections", json=change, headers=token(client.application, "write"))
    assert done.status_code == 201, done.get_json()
    erase(people["ana"])
    row = db.session.get_one(Response, stored)
    version = db.session.scalars(sa.select(ResponseVersion)).one()
    assert (row.contact_id, row.comment) == (people["ben"], "[…] speaking: call me")
    assert (version.content["comment"], version.note) == (None, "[…] says it was Ben")


def test_an_excluded_answer_comes_back_without_words(people, answer: Answer, client: FlaskClient, manager: FlaskClient) -> None:
    headers, stored = token(client.application), answer(score=9, comment="Quix was here")
    rename(people["ana"], "Anabel Quix")
    why = {"reason": "duplicate", "note": "Anabel sent it twice"}
    out = client.post(f"/api/v1/responses/{stored}/exclusion", json=why, headers=headers).get_json()
    erase(people["ana"])
    back = client.delete(f"/api/v1/responses/exclusions/{out['id']}", headers=headers)
    assert back.status_code in {200, 204}, back.get_json()
    db.session.rollback()
    row = db.session.get_one(Response, stored)
    assert (row.score, row.comment, row.language) == (9, None, None)
    assert db.session.scalars(sa.select(ResponseExclusion.note)).one() == "[…] sent it twice"
    assert counts_are_exact(client)


def test_the_stop_list_forgets_old_addresses_and_goes_on_protecting_others(people) -> None:
    rename(people["ana"], "Ana", email="info@shared.example")
    rename(people["cleo"], "Cleo", email="INFO@shared.example")
    with transaction() as session:
        link = invite_contact(people["acme"], people["ana"], actor="user:1")
        session.execute(sa.text("UPDATE invitation SET address = 'old@x.example'"))
        suppress(SuppressionReason.HARD_BOUNCE, actor="mail", address="old@x.example", note="5.1.1 old@x.example")
        suppress(SuppressionReason.COMPLAINT, actor="mail", contact_id=people["ana"], address="info@shared.example")
    assert link.invitation_id
    erase(people["ana"])
    assert not [row for row in db.session.execute(sa.select(Suppression.address, Suppression.note)) if "example" in str(row)]
    assert suppressed_contacts([people["cleo"], people["dan"]]) == {people["cleo"]: SuppressionReason.COMPLAINT}
    rename(people["dan"], "Dan", email="old@x.example")
    assert suppressed_contacts([people["dan"]]) == {people["dan"]: SuppressionReason.HARD_BOUNCE}


def test_a_hard_bounce_is_about_the_address(people) -> None:
    rename(people["ana"], "Ana", email="good@x.example")
    with transaction():
        suppress(SuppressionReason.HARD_BOUNCE, actor="mail", contact_id=people["ana"], address="bad@x.example")
    assert suppressed_contacts([people["ana"]]) == {}


def test_the_log_of_everybody_else_stays_as_it_is(people) -> None:
    rename(people["ana"], "Tom Price", external_id="1234")
    other = {"category": "price", "name": "Price list", "link": "/app/accounts/1234", "was": "Price"}
    issue = insert_issue(people["acme"])
    with transaction():
        record("user:1", "defect.changed", "defect", 5, **other)
        record("user:1", "user.created", "user", 9, name="Tom Price")
        record("user:1", "wave.created", "wave", 7, name="For Tom Price")
        record("user:1", "account.changed", "account", people["acme"], was="Price", note="Price asked, 1234")
        note(issue, "harm", None, was="Price", to="minor", note="Tom called about the price")
        enqueue("notify_user", "k1", {"kind": "x", "params": {"account": "Price & Co"}, "link": "/app/accounts/1234"})
        here = f"/app/accounts/{people['acme']}"
        enqueue("notify_user", "k2", {"kind": "x", "params": {"person": "Price", "account": "Price & Co"}, "link": here})
    shown = preview_erasure(people["ana"]).counts
    erase(people["ana"])
    rows = {row.object_type: row.data for row in db.session.scalars(sa.select(AuditEvent)) if row.object_type != "contact"}
    assert rows["defect"] == other
    assert rows["user"] == {"name": "Tom Price"}
    assert rows["wave"] == {"name": "For […]"}
    assert rows["account"] == {"was": "Price", "note": "[…] asked, […]"}
    event = db.session.scalars(sa.select(IssueEvent)).one()
    assert event.data == {"was": "Price", "to": "minor", "note": "[…] called about the price"}
    messages = {row.key: row.payload["params"] for row in db.session.scalars(sa.select(OutboxMessage))}
    assert messages == {"k1": {"account": "Price & Co"}, "k2": {"person": "[…]", "account": "Price & Co"}}
    assert (shown["audit_rows_cleared"], shown["messages_cleared"]) == (2, 1)


def insert_issue(account_id: int) -> int:
    now = clock.now()
    clocks = dict.fromkeys(("first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at", "opened_at"), now)
    about = {"number": 1, "state": "new", "severity": "major", "source": "staff", "defect_key": 0, "value_tier": "A"}
    return insert(Issue, account_id=account_id, **about, **clocks)


def test_deliveries_that_led_to_no_answer_are_found_by_the_answer_and_the_link(people, client: FlaskClient) -> None:
    make_connector(ConnectorKind.TYPEFORM)
    with transaction():
        link = invite_contact(people["acme"], people["ana"], actor="user:1").url.rpartition("/")[2]
    for number, minute, words in ((1, 9, "new secret"), (2, 1, "old secret"), (3, 9, "new secret")):
        document = typeform("x1", event=f"e{number}", at=f"2026-11-20T10:0{minute}:00Z", comment=words, account=None)
        document["form_response"]["hidden"] = {"token": link}
        send_typeform(client, document)
    again = typeform("x2", event="e9", comment="third secret", account=None)
    again["form_response"]["hidden"] = {"token": link}
    send_typeform(client, again)
    send_typeform(client, typeform("other", event="e10", comment="somebody else", hidden={"contact": "ben"}))
    states = db.session.scalars(sa.select(InboundEvent.state).order_by(InboundEvent.id)).all()
    assert states.count(EventState.DONE) == 3, states
    erase(people["ana"])
    bodies = [body for body in db.session.scalars(sa.select(InboundEvent.body)) if body]
    assert [b"secret" in body for body in bodies] == [False]


def test_the_delivery_of_an_excluded_answer(people, client: FlaskClient) -> None:
    make_connector(ConnectorKind.TYPEFORM)
    send_typeform(client, typeform("x1", comment="secret"))
    stored = db.session.scalars(sa.select(Response.id)).one()
    why = {"reason": "duplicate", "note": "twice"}
    out = client.post(f"/api/v1/responses/{stored}/exclusion", json=why, headers=token(client.application))
    assert out.status_code == 201
    erase(people["ana"])
    db.session.rollback()
    assert db.session.scalars(sa.select(InboundEvent.body)).all() == [None]


@pytest.mark.parametrize(
    "body",
    [
        urlencode({"email": "ana+x@canary.example"}).encode(),
        urlencode({"MSG": '{"name":"Ана Иванова"}'}).encode(),
        b'{"name":"\\u0410\\u043d\\u0435 \\u0418\\u0432\\u0430\\u043d\\u043e\\u0432\\u043e\\u0439"}',
    ],
)
def test_bodies_are_read_as_forms_and_json_write_them(people, body: bytes) -> None:
    rename(people["ana"], "Ана Иванова", email="ana+x@canary.example")
    connector = make_connector(ConnectorKind.GENERIC)
    now = clock.now()
    row = {"connector_id": connector, "digest": "d", "content_type": "x", "received_at": now, "detail": {}, "attempts": 0}
    insert(InboundEvent, **row, body=body, state=EventState.QUARANTINED)
    erase(people["ana"])
    event = db.session.scalars(sa.select(InboundEvent)).one()
    assert (event.body, event.state) == (None, EventState.DISCARDED)


def test_caught_mails_to_the_person_go(people, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = MailFolder(tmp_path / "mails")
    monkeypatch.setattr(app.extensions["closedloop_settings"], "caught_mail_dir", tmp_path / "mails")
    rename(people["ana"], "Ana Quix", email="ana@x.example")
    for to, words in (("Ana@x.example", "Hello"), ("ben@x.example", "Hello"), ("boss@us.example", "Ana Quix is silent")):
        mail = EmailMessage()
        mail["To"], mail["From"], mail["Subject"] = to, "us@us.example", "A question"
        mail.set_content(words)
        folder.keep(mail.as_bytes())
    assert preview_erasure(people["ana"]).counts["caught_mails"] == 2
    assert len(folder.numbers()) == 3
    erase(people["ana"])
    assert [mail.to for mail in folder.page(offset=0, limit=9)] == ["ben@x.example"]


def test_a_look_takes_no_writer(people) -> None:
    statements: list[str] = []

    def listen(_connection, _cursor, statement: str, *_rest: object) -> None:
        statements.append(statement.split()[0].upper())

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        db.session.rollback()
        preview_erasure(people["ana"])
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert set(statements) <= {"SELECT", "BEGIN", "WITH"}, set(statements)


def test_a_request_leaves_the_files_to_the_job(people, client: FlaskClient) -> None:
    headers = token(client.application, "admin")
    done = client.post(f"/api/v1/contacts/{people['ana']}/erasure", json={"reason": "requested"}, headers=headers)
    assert (done.status_code, done.get_json()["files_cleaned_at"]) == (201, None)
    db.session.rollback()
    assert clean_up() == 1


def test_names_of_other_scripts_go_from_the_history(people) -> None:
    other = make_account()
    make_contact(other)
    rename(people["ana"], "Иван Петров")
    issue = insert_issue(people["acme"])
    with transaction():
        note(issue, "noted", None, note="звонил Ивану Петрову, потом Петрову")
        record("user:1", "wave.created", "wave", 1, name="Для Петрова Ивана")
        record("user:1", "wave.created", "wave", 2, name="Иван-чай")
    erase(people["ana"])
    assert db.session.scalars(sa.select(IssueEvent)).one().data == {"note": "звонил […], потом […]"}
    names = [row.data["name"] for row in db.session.scalars(sa.select(AuditEvent).where(AuditEvent.object_type == "wave"))]
    assert names == ["Для […]", "Иван-чай"]
