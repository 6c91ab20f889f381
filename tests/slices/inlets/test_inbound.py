"""Deliveries of connectors: believed, stored, read, once."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop import inbound
from feedback.closed_loop.erasure import erase_person
from feedback.closed_loop.intake.exclusions import Reason, exclude_answer
from feedback.extensions import db
from feedback.inlets import receiving
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.rules.kinds import ConnectorKind, EventState, Trouble
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.reporting.inbound_answers import answers_of, count_quarantined
from feedback.surveys.models import Invitation, Response, ResponseVersion
from feedback.surveys.rules import ExclusionCause, InvitationState
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.databases import USE_POSTGRESQL
from tests.factories import make_account, make_contact, make_user
from tests.slices.inlets import senders
from tests.slices.inlets.senders import generic, make_connector, send_typeform, standard_sender, typeform


@pytest.fixture(autouse=True)
def _customers(app: Flask) -> None:
    receiving._counted_at.clear()
    receiving._refused.clear()
    with app.app_context():
        make_contact(make_account(external_id="acme"), external_id="ana", email="ana@acme.example")


def events(app: Flask) -> list[tuple[EventState, Trouble | None]]:
    with app.app_context():
        query = sa.select(InboundEvent.state, InboundEvent.trouble).order_by(InboundEvent.id)
        return [(state, trouble) for state, trouble in db.session.execute(query)]


def answers(app: Flask) -> list[tuple[str, str | None, int, str | None]]:
    with app.app_context():
        query = sa.select(Response.source, Response.external_id, Response.score, Response.comment).order_by(Response.external_id)
        return [tuple(row) for row in db.session.execute(query)]


def make(app: Flask, kind: ConnectorKind, **values: Any) -> int:
    with app.app_context():
        return make_connector(kind, **values)


def test_a_typeform_answer_is_stored(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    assert send_typeform(client, typeform()).status_code == 202
    assert answers(app) == [("typeform", "a1", 9, "Quick help")]
    assert events(app) == [(EventState.DONE, None)]


def test_a_repetition_changes_nothing(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    statuses = [send_typeform(client, typeform()).status_code for _ in range(5)]
    assert statuses == [202, 200, 200, 200, 200]
    assert len(events(app)) == len(answers(app)) == 1


def test_the_same_event_in_other_bytes_changes_nothing(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    send_typeform(client, typeform(event="e1"))
    send_typeform(client, json.dumps(typeform(event="e1"), indent=1).encode())
    assert [state for state, _ in events(app)] == [EventState.DONE, EventState.REPEATED]


def test_a_wrong_signature_leaves_nothing_but_a_count(app: Flask, client: FlaskClient) -> None:
    connector_id = make(app, ConnectorKind.TYPEFORM)
    assert send_typeform(client, typeform(), secret="guessed").status_code == 401
    assert client.post("/inbound/typeform", json=typeform()).status_code == 401
    assert events(app) == answers(app) == []
    with app.app_context():
        assert db.session.get_one(Connector, connector_id).refused == 1  # one row a second at most


def test_an_unknown_or_resting_connector_is_not_there(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM, active=False)
    assert send_typeform(client, typeform()).status_code == send_typeform(client, typeform(), code="x").status_code == 404


def test_a_body_that_is_too_large_is_not_stored(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    assert send_typeform(client, b"[" + b" " * receiving.MAX_BODY + b"]").status_code == 413
    assert events(app) == []


def test_a_newer_event_corrects_and_an_older_one_does_not(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    for minute, score in ((5, 7), (9, 2), (1, 10)):
        send_typeform(client, typeform(score=score, at=f"2026-11-20T10:0{minute}:00Z"))
    assert [row[2] for row in answers(app)] == [2]
    assert [state for state, _ in events(app)] == [EventState.DONE, EventState.DONE, EventState.SUPERSEDED]
    with app.app_context():
        assert [version.content["score"] for version in db.session.scalars(sa.select(ResponseVersion))] == [7]


@pytest.mark.parametrize("at", [None, "2026-11-20T10:00:00Z"])
def test_what_does_not_say_when_it_was_changed_counts_as_it_arrives(app: Flask, client: FlaskClient, at: str | None) -> None:
    sender = standard_sender(app, client)
    for score in (3, 9, 5, 8, 2, 7):
        sender.send(generic(score=score, responded_at=at), f"m{score}")
    assert [row[2] for row in answers(app)] == [7]
    assert {state for state, _ in events(app)} == {EventState.DONE}


def test_any_order_ends_in_the_same(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    wanted = []
    for number in range(20):
        said = [
            typeform(f"a{number}", score=score, at=f"2026-11-20T10:0{minute}:00Z") for minute, score in enumerate((3, 9, 6, 0))
        ]
        random.Random(number).shuffle(said)
        wanted += [send_typeform(client, document).status_code for document in said]
    assert set(wanted) == {202}
    assert [row[2] for row in answers(app)] == [0] * 20


def test_poison_waits_and_stops_nobody(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    poison = [b"{", b"[]", b"\xff\xfe", typeform(score="many"), typeform(account=None), typeform(account="nobody")]
    poison += [{"event_type": "form_response_v9"}, {"event_type": "form_response", "form_response": {"token": "x", "answers": 5}}]
    assert {send_typeform(client, one).status_code for one in poison} == {202}
    assert send_typeform(client, typeform("good")).status_code == 202
    assert [trouble for _, trouble in events(app)] == [
        Trouble.NOT_READABLE,
        Trouble.NOT_READABLE,
        Trouble.NOT_READABLE,
        Trouble.BAD_VALUE,
        Trouble.MISSING,
        Trouble.UNKNOWN_ACCOUNT,
        Trouble.UNKNOWN_VERSION,
        Trouble.MISSING,
        None,
    ]
    assert len(answers(app)) == 1


def test_an_administrator_hears_of_poison_once_a_day(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    with app.app_context():
        make_user()
    for number in range(3):
        send_typeform(client, typeform(f"p{number}", account="nobody"))
    with app.app_context():
        assert [message.payload["kind"] for message in db.session.scalars(sa.select(OutboxMessage))] == ["inbound_quarantined"]


def test_a_replay_after_the_correction_stores_the_answer(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    send_typeform(client, typeform(account="late"))
    with app.app_context():
        make_account(external_id="late")
        event_id = db.session.scalars(sa.select(InboundEvent.id)).one()
        assert inbound.process(inbound.Task(event_id, actor="user:1")) is EventState.DONE
    assert len(answers(app)) == 1


def test_a_fault_of_ours_goes_to_quarantine(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make(app, ConnectorKind.TYPEFORM)
    monkeypatch.setattr(inbound, "accept_answers", lambda *_: 1 / 0)
    assert send_typeform(client, typeform()).status_code == 202
    assert events(app) == [(EventState.QUARANTINED, Trouble.FAILED)]


def test_what_a_stop_left_behind_is_taken_up(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    make(app, ConnectorKind.TYPEFORM)
    with monkeypatch.context() as stopped:
        stopped.setattr("feedback.closed_loop.inbound_views.process", lambda _: None)
        send_typeform(client, typeform())
    assert events(app) == [(EventState.RECEIVED, None)]
    with app.app_context():
        assert inbound.fetch_waiting() == 0  # not before a minute is over: its own request may still be at it
        with clock.frozen(clock.now() + timedelta(minutes=2)):
            assert inbound.fetch_waiting() == 1
    assert len(answers(app)) == 1


def test_standard_webhooks_are_believed_for_five_minutes(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client)
    assert sender.send(generic("g1"), "m1").status_code == 202
    assert sender.send(generic("g2"), "m2", age=290).status_code == 202
    assert sender.send(generic("g3"), "m3", age=310).status_code == 401
    assert sender.send(generic("g4"), "m4", age=-310).status_code == 401
    assert sender.send(generic("g5"), "m5", signed=b"{}").status_code == 401
    assert [row[1] for row in answers(app)] == ["g1", "g2"]


def test_a_message_id_is_taken_once(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client)
    assert [sender.send(generic(), "m1", age=age).status_code for age in (0, 60, 200)] == [202, 200, 200]
    assert len(events(app)) == 1


def test_a_version_that_is_not_understood_waits(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client, mapping={"version": "/version"}, versions=("1",))
    sender.send(generic("g1", version=1), "m1")
    sender.send(generic("g2", version=2), "m2")
    sender.send(generic("g3"), "m3")
    assert [trouble for _, trouble in events(app)] == [None, Trouble.UNKNOWN_VERSION, Trouble.UNKNOWN_VERSION]


def test_an_address_is_enough_where_it_has_one_account(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client, mapping={"account": "", "contact": "", "contact_email": "/email"})
    sender.send(generic("g1", email="ANA@acme.example"), "m1")
    sender.send(generic("g2", email="who@acme.example"), "m2")
    assert [trouble for _, trouble in events(app)] == [None, Trouble.UNKNOWN_CONTACT]


def test_two_records_of_a_person_in_one_account_are_one_account(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client, mapping={"account": "", "contact": "", "contact_email": "/email"})
    with app.app_context():
        account_id = db.session.scalars(sa.select(AccountContact.account_id)).one()
        make_contact(account_id, external_id="ana-of-old", email="Ana@acme.example")
        other = make_account(external_id="other")
        make_contact(other, external_id="bo", email="bo@acme.example")
        make_contact(account_id, external_id="bo-too", email="bo@acme.example")
    sender.send(generic("g1", email="ANA@acme.example"), "m1")
    sender.send(generic("g2", email="bo@acme.example"), "m2")
    assert [trouble for _, trouble in events(app)] == [None, Trouble.SEVERAL_ACCOUNTS]


def test_an_address_is_looked_up_in_an_index(app: Flask) -> None:
    query = "SELECT contact.id FROM contact WHERE lower(contact.email) = 'x'"
    with app.app_context():
        if USE_POSTGRESQL:
            db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = db.session.execute(sa.text(("EXPLAIN " if USE_POSTGRESQL else "EXPLAIN QUERY PLAN ") + query))
        assert "ix_contact_address" in " ".join(str(row) for row in plan)


def test_a_personal_link_in_it_is_answered_by_it(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client, mapping={"token": "/token", "account": "", "contact": ""})
    with app.app_context(), transaction() as session:
        account_id = session.scalars(sa.text("SELECT id FROM account")).one()
        contact_id = session.scalars(sa.text("SELECT id FROM contact")).one()
        token = invite_contact(account_id, contact_id, actor="user:1").url.rpartition("/")[2]
    sender.send(generic("g1", token=token), "m1")
    sender.send(generic("g2", token=token, score=1), "m2")
    sender.send(generic("g3", token="x" * 32), "m3")
    assert [trouble for _, trouble in events(app)] == [None, Trouble.LINK_USED, Trouble.UNKNOWN_LINK]
    with app.app_context():
        assert db.session.scalars(sa.select(Invitation.state)).all() == [InvitationState.ANSWERED]
    assert len(answers(app)) == 1


def test_the_link_of_an_excluded_answer_is_used_up(app: Flask, client: FlaskClient) -> None:
    sender = standard_sender(app, client, mapping={"token": "/token", "account": "", "contact": ""})
    with app.app_context():
        viewer = get_viewer(make_user(Role.ADMIN))
        with transaction() as session:
            account_id = session.scalars(sa.text("SELECT id FROM account")).one()
            contact_id = session.scalars(sa.text("SELECT id FROM contact")).one()
            token = invite_contact(account_id, contact_id, actor="user:1").url.rpartition("/")[2]
    sender.send(generic("g1", token=token), "m1")
    with app.app_context(), transaction() as session:
        exclude_answer(session.scalars(sa.select(Response.id)).one(), Reason(ExclusionCause.TEST, "ours"), viewer)
    sender.send(generic("g2", token=token, score=1), "m2")
    assert [trouble for _, trouble in events(app)] == [None, Trouble.LINK_USED]
    assert answers(app) == []


def test_surveymonkey_needs_a_token_to_fetch(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.SURVEYMONKEY)
    assert senders.send_surveymonkey(client, senders.surveymonkey()).status_code == 202
    assert senders.send_surveymonkey(client, senders.surveymonkey(event="response_created")).status_code == 202
    assert senders.send_surveymonkey(client, senders.surveymonkey(), secret="wrong").status_code == 401
    assert events(app) == [(EventState.QUARANTINED, Trouble.NO_API_TOKEN), (EventState.IGNORED, None)]


def test_qualtrics_is_believed_by_signature_or_address(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.QUALTRICS)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/inbound/qualtrics", data=senders.qualtrics_event(), headers=form).status_code == 202
    assert client.post("/inbound/qualtrics", data=senders.qualtrics_event(secret="x"), headers=form).status_code == 401
    assert client.post("/inbound/qualtrics", data=senders.qualtrics_event(secret=None), headers=form).status_code == 401
    assert client.post(f"/inbound/qualtrics/{senders.SECRET}", json=senders.qualtrics_response("R_2")).status_code == 202
    assert client.post("/inbound/qualtrics/wrong", json=senders.qualtrics_response("R_3")).status_code == 401
    assert events(app) == [(EventState.QUARANTINED, Trouble.NO_API_TOKEN), (EventState.DONE, None)]
    assert answers(app) == [("qualtrics", "R_2", 10, "All good")]


def test_bodies_are_forgotten_when_their_time_is_over(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    send_typeform(client, typeform())
    send_typeform(client, typeform("late", account="nobody"))
    kept = []
    with app.app_context():
        for days in (29, 31, 89, 91):
            with clock.frozen(clock.now() + timedelta(days=days)), transaction():
                receiving.forget_bodies()
            bodies = db.session.scalars(sa.select(InboundEvent.body).order_by(InboundEvent.id)).all()
            kept.append([body is not None for body in bodies])
            db.session.rollback()
    assert kept == [[True, True], [False, True], [False, True], [False, False]]


def test_an_erased_person_is_in_no_body(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    send_typeform(client, typeform("mine"))
    send_typeform(client, typeform("waits", account="nobody", comment="Ask Jos\u00e9fina Canary"))
    send_typeform(client, typeform("other", hidden={"contact": "ben"}))
    with app.app_context(), transaction() as session:
        person = session.scalars(sa.select(Contact).where(Contact.external_id == "ana")).one()
        person.name, contact_id = "Jos\u00e9fina Canary", person.id
    with app.app_context():
        erase_person(contact_id, ErasureReason.REQUESTED, actor="user:1")
        rows = db.session.execute(sa.select(InboundEvent.body.is_(None), InboundEvent.state).order_by(InboundEvent.id)).all()
    assert [tuple(row) for row in rows] == [(True, EventState.DONE), (True, EventState.DISCARDED), (False, EventState.DONE)]


def test_the_list_says_which_answer_an_event_became(app: Flask, client: FlaskClient) -> None:
    make(app, ConnectorKind.TYPEFORM)
    send_typeform(client, typeform("a1", score=3))
    send_typeform(client, typeform("a2", account="nobody"))
    with app.app_context():
        [answer] = answers_of(Viewer("user", "X", 1, Role.EXPERIENCE_MANAGER), [1]).values()
        assert answer.score == 3
        assert answers_of(Viewer("user", "X", 1, Role.ACCOUNT_MANAGER), [1]) == {}
        assert count_quarantined() == 1
