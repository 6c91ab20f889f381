"""Answers given by phone."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import Grant
from feedback.access.rules import Role, Scope
from feedback.accounts.models import Account, Contact
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.closed_loop.intake.by_hand import NewContent, correct_answer
from feedback.closed_loop.intake.corrections import Change
from feedback.extensions import db
from feedback.inlets.models import Interview
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.surveys.models import Invitation, Response, ResponseVersion
from feedback.surveys.rules import AnswerChannel, CorrectionReason, InvitationState
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_defect, make_user
from tests.logins import as_user

URL = "/api/v1/interviews"


class Desk:
    """An account manager on the phone with a customer."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app = app
        with app.app_context():
            self.user_id = make_user(Role.ACCOUNT_MANAGER, name="Max")
            self.account_id = make_account(owner_id=self.user_id)
            self.contact_id = make_contact(self.account_id, language="es")
            make_defect("late")
        self.client = as_user(client, self.user_id)

    def note(self, **values: Any) -> Any:
        body = {"account_id": self.account_id, "contact_id": self.contact_id, "agreed": True, "score": 4} | values
        return self.client.post(URL, json=body)

    def script(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{URL}/accounts/{self.account_id}/contacts/{self.contact_id}").get_json()
        return found

    def link(self) -> int:
        with self.app.app_context(), transaction():
            return invite_contact(self.account_id, self.contact_id, actor="user:1").invitation_id

    def answer(self, score: int) -> None:
        """The customer answers over their link."""
        invitation_id = self.link()
        with self.app.app_context(), transaction():
            account, contact = db.session.get_one(Account, self.account_id), db.session.get_one(Contact, self.contact_id)
            names = {"account_external_id": account.external_id, "contact_external_id": contact.external_id}
            draft = AnswerDraft(**names, score=score, source="survey", survey="relationship", invitation_id=invitation_id)
            accept_answers([draft], AcceptOptions(actor="invitation:1", one_by_one=True))

    def rows(self, *columns: Any) -> list[Any]:
        with self.app.app_context():
            return [tuple(row) for row in db.session.execute(sa.select(*columns))]


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Desk:
    return Desk(app, client)


def test_what_was_said_is_stored_with_who_asked(desk: Desk) -> None:
    answer = desk.note(comment="Too late, again", reasons=["late"])
    assert (answer.status_code, answer.get_json()["answer"]["defects"]) == (201, ["late"])
    assert desk.rows(Response.score, Response.channel, Response.language) == [(4, AnswerChannel.PHONE, "es")]
    assert desk.rows(Interview.interviewer_id, Interview.own_account, Interview.agreed) == [(desk.user_id, True, True)]
    assert desk.rows(Invitation.state) == [(InvitationState.ANSWERED,)]


def test_the_yes_stands_in_the_ledger(desk: Desk) -> None:
    desk.note(note="said yes on 3 May")
    columns = (ConsentEvent.purpose, ConsentEvent.channel, ConsentEvent.action, ConsentEvent.basis, ConsentEvent.evidence)
    evidence = "phone interview by Max · said yes on 3 May"
    assert desk.rows(*columns) == [(Purpose.FEEDBACK, Channel.PHONE, ConsentAction.GRANTED, "consent", evidence)]


def test_a_no_ends_it_and_is_recorded(desk: Desk) -> None:
    answer = desk.note(agreed=False, score=None)
    assert (answer.status_code, answer.get_json()["answer"]) == (201, None)
    assert desk.rows(ConsentEvent.action) == [(ConsentAction.REFUSED,)]
    assert desk.rows(Response.id) == []
    assert desk.rows(Interview.agreed) == [(False,)]


def test_an_open_invitation_is_answered_by_it(desk: Desk) -> None:
    invitation_id = desk.link()
    assert desk.script()["open_since"] is not None
    desk.note()
    assert desk.rows(Invitation.id, Invitation.state) == [(invitation_id, InvitationState.ANSWERED)]
    assert desk.rows(Response.invitation_id) == [(invitation_id,)]


def test_within_a_day_an_answer_is_changed(desk: Desk) -> None:
    desk.note(score=4)
    assert desk.script()["changes_score"] == 4
    assert desk.note(score=7).get_json()["answer"]["score"] == 7
    assert desk.note(score=7).status_code == 201  # pressed twice
    assert desk.rows(Response.score) == [(7,)]
    assert desk.rows(ResponseVersion.changed_by, ResponseVersion.reason) == [(f"user:{desk.user_id}", "changed_by_phone")]


@pytest.mark.parametrize("first", [10, 2])
def test_what_a_customer_said_by_themselves_is_not_bettered_by_who_looks_after_them(desk: Desk, first: int) -> None:
    desk.answer(2)
    assert desk.note(score=first).status_code == 409
    assert desk.rows(Response.score, Response.version) == [(2, 1)]
    assert desk.rows(Interview.id) == desk.rows(ConsentEvent.id) == []


def test_what_a_customer_said_after_the_call_is_theirs_too(desk: Desk) -> None:
    desk.note(score=9)
    with desk.app.app_context(), transaction():
        [stored] = db.session.scalars(sa.select(Response.id))
        correct_answer(stored, NewContent(score=1), Change("invitation:1", CorrectionReason.CHANGED_BY_CUSTOMER))
    assert desk.note(score=9).status_code == 409


def test_a_colleague_notes_what_the_customer_says_now(desk: Desk) -> None:
    desk.answer(2)
    with desk.app.app_context(), transaction() as session:
        session.execute(sa.update(Account).values(owner_id=make_user(Role.ACCOUNT_MANAGER)))
        session.add(Grant(user_id=desk.user_id, permission="interview.write", scope=Scope.ALL))
    assert desk.note(score=9).status_code == 201
    assert desk.rows(ResponseVersion.changed_by, ResponseVersion.reason) == [(f"user:{desk.user_id}", "changed_by_phone")]


def test_after_a_day_it_is_another_answer(desk: Desk) -> None:
    desk.note(score=4)
    with desk.app.app_context(), transaction() as session:
        session.execute(sa.update(Response).values(created_at=clock.now() - timedelta(hours=25)))
    desk.note(score=7)
    assert sorted(desk.rows(Response.score)) == [(4,), (7,)]


def test_who_objected_is_not_interviewed(desk: Desk) -> None:
    said = ConsentDraft(desk.contact_id, Purpose.FEEDBACK, Channel.PHONE, ConsentAction.OBJECTED, clock.now())
    with desk.app.app_context(), transaction():
        record_consents([said], recorded_by="user:1")
    assert desk.note().status_code == 409
    assert desk.rows(Response.id) == []


@pytest.mark.parametrize("values", [{"score": None}, {"score": 11}, {"reasons": ["unknown"]}, {"survey": "unknown"}])
def test_what_is_not_valid_leaves_nothing(desk: Desk, values: dict[str, Any]) -> None:
    assert desk.note(**values).status_code == 422
    assert desk.rows(Response.id) == desk.rows(ConsentEvent.id) == desk.rows(Invitation.id) == []


def test_customers_of_others_are_not_there(desk: Desk) -> None:
    with desk.app.app_context():
        account_id = make_account()
        contact_id = make_contact(account_id)
    assert desk.note(account_id=account_id, contact_id=contact_id).status_code == 404
    assert desk.note(contact_id=contact_id).status_code == 404


def test_the_script_is_in_the_customers_language(desk: Desk) -> None:
    script = desk.script()
    assert script["language"] == "es"
    assert "recomiende" in script["words"]["question"]
    assert script["own_account"] is True


def test_a_call_that_nobody_picked_up_says_nothing_about_the_customer(desk: Desk) -> None:
    answer = desk.note(agreed=False, score=None, reached=False)
    assert (answer.status_code, answer.get_json()["answer"]) == (201, None)
    assert desk.rows(Interview.reached, Interview.agreed) == [(False, False)]
    assert desk.rows(ConsentEvent.id) == desk.rows(Response.id) == desk.rows(Invitation.id) == []


def test_nobody_agrees_where_nobody_picked_up(desk: Desk) -> None:
    assert desk.note(reached=False).status_code == 422


def test_the_list_of_calls_comes_over_the_api(desk: Desk) -> None:
    [line] = desk.client.get("/api/v1/calls").get_json()["items"]
    assert (line["contact_id"], line["why"], line["no_call"], line["group"]) == (
        desk.contact_id,
        "no_address",
        "no_phone",
        "find_number",
    )
    assert desk.client.get("/api/v1/calls?group=call").get_json() == {"items": [], "next_cursor": None}
    assert desk.client.get("/api/v1/calls?survey=unknown").status_code == 422
    page = desk.client.get("/api/v1/calls?limit=1").get_json()
    assert (len(page["items"]), page["next_cursor"]) == (1, None)
