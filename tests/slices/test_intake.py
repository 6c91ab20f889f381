"""The acceptor: what a list of drafts leaves behind, whoever hands it in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Account, AccountContact, Contact, ExternalIdentity
from feedback.accounts.rules import ContactRole
from feedback.audit.models import AuditEvent
from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.intake import accept_answers, delete_answer
from feedback.defects.models import Citation, Defect, ScoreTail
from feedback.defects.rules import DefectCategory
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.surveys.models import Response, ResponseVersion
from feedback.surveys.rules import AnswerChannel, SurveyKind
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_defect

LONG_AGO = datetime(2025, 3, 4, 10, 30, tzinfo=UTC)


def draft(**values: Any) -> AnswerDraft:
    return AnswerDraft(**{"account_external_id": "acme", "score": 9, "responded_at": LONG_AGO} | values)


def accept(app: Flask, *drafts: AnswerDraft, **options: Any) -> list[Accepted | Rejected]:
    with app.app_context(), transaction():
        return accept_answers(drafts, AcceptOptions(**options))


def rows(app: Flask, *columns: Any) -> list[tuple[Any, ...]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(*columns))]


def test_an_answer_brings_its_account_contact_and_role(app: Flask) -> None:
    [accepted] = accept(app, draft(account_name="Acme SA", segment="large", region="north", contact_external_id="ana"))
    assert isinstance(accepted, Accepted)
    assert (accepted.status, accepted.band, accepted.role_guessed) == ("created", "promoter", True)
    assert rows(app, Account.external_id, Account.name, Account.segment, Account.region) == [
        ("acme", "Acme SA", "large", "north")
    ]
    assert rows(app, Contact.external_id) == [("ana",)]
    assert rows(app, Response.role, Response.segment, Response.region) == [(ContactRole.DECISION_MAKER, "large", "north")]


def test_without_a_contact_the_account_itself_answers(app: Flask) -> None:
    accept(app, draft())
    assert rows(app, Contact.external_id) == [("acme",)]


def test_only_the_first_contact_is_guessed_to_decide(app: Flask) -> None:
    accept(app, draft(contact_external_id="ana"), draft(contact_external_id="ben"))
    accept(app, draft(contact_external_id="cleo"))
    roles = rows(app, AccountContact.contact_id, AccountContact.role, AccountContact.role_guessed)
    assert [row[1:] for row in roles] == [(ContactRole.DECISION_MAKER, True), (ContactRole.USER, True), (ContactRole.USER, True)]


def test_a_said_role_replaces_a_guess_and_nothing_else(app: Flask) -> None:
    accept(app, draft(), draft(contact_role="influencer"), draft(contact_role="user"))
    assert rows(app, AccountContact.role, AccountContact.role_guessed) == [(ContactRole.INFLUENCER, False)]


@pytest.mark.parametrize(("days", "back"), [(1, True), (0, False), (-1, False)])
def test_who_left_and_answers_for_the_account_later_is_back(app: Flask, days: int, back: bool) -> None:
    accept(app, draft(contact_external_id="ana", contact_role="decision_maker"))
    with app.app_context(), transaction() as session:
        session.execute(sa.update(AccountContact).values(left_at=LONG_AGO))
    accept(app, draft(contact_external_id="ana", responded_at=LONG_AGO + timedelta(days=days)))
    [(role, left_at)] = rows(app, AccountContact.role, AccountContact.left_at)
    assert (role, left_at is None) == (ContactRole.DECISION_MAKER, back)
    assert rows(app, AuditEvent.actor, AuditEvent.action).count(("system", "contact.came_back")) == back


def test_what_is_known_of_a_customer_is_not_overwritten(app: Flask) -> None:
    with app.app_context():
        account_id = make_account(external_id="acme", name="Acme", segment="large", region=None)
        make_contact(account_id, external_id="acme", name="Ana", email=None)
    said = draft(account_name="Other", segment="small", region="south", contact_name="Bea", contact_email="a@example.com")
    accept(app, said)
    assert rows(app, Account.name, Account.segment, Account.region) == [("Acme", "large", "south")]
    assert rows(app, Contact.name, Contact.email) == [("Ana", "a@example.com")]
    assert rows(app, Response.segment, Response.region) == [("large", "south")]


def test_an_account_is_found_by_the_name_its_source_has_for_it(app: Flask) -> None:
    with app.app_context():
        account_id = make_account(external_id="acme")
        known = {"system": "crm", "object_type": "account", "external_id": "0017", "object_id": account_id}
        insert(ExternalIdentity, **known, created_at=clock.now())
    named, other = accept(app, draft(account_external_id="0017", source="crm"), draft(account_external_id="0017", source="erp"))
    assert isinstance(named, Accepted)
    assert isinstance(other, Accepted)
    assert named.account_id == account_id != other.account_id


def test_the_same_content_again_is_the_same_answer(app: Flask) -> None:
    [first] = accept(app, draft(external_id="r1", comment="fine"))
    [again] = accept(app, draft(external_id="r1", comment=" fine\r\n"), default_channel=AnswerChannel.IMPORT)
    assert (first.response_id, first.status, again.response_id, again.status) == (
        again.response_id,
        "created",
        first.response_id,
        "unchanged",
    )
    assert rows(app, sa.func.count(Response.id)) == [(1,)]


@pytest.mark.parametrize(("first", "again"), [(None, "web"), ("web", None), ("phone", None), (None, None), ("phone", "phone")])
def test_a_channel_that_is_not_said_is_the_one_that_is_stored(app: Flask, first: str | None, again: str | None) -> None:
    drafts = [draft(external_id="r1", channel=said and AnswerChannel(said)) for said in (first, again, again)]
    outcomes = [*accept(app, drafts[0]), *accept(app, *drafts[1:])]
    assert [outcome.status for outcome in outcomes] == ["created", "unchanged", "unchanged"]


def test_a_channel_that_is_said_differently_contradicts(app: Flask) -> None:
    said = draft(external_id="r1", channel=AnswerChannel.PHONE)
    [stored, conflict] = accept(app, draft(external_id="r1"), said)
    assert (stored.status, conflict.code) == ("created", "conflict")
    [corrected] = accept(app, said, update=True)
    [again] = accept(app, draft(external_id="r1"))
    assert (corrected.status, again.status, rows(app, Response.channel)) == ("updated", "unchanged", [("phone",)])


@pytest.mark.parametrize(
    "change",
    [
        {"score": 8},
        {"comment": "b"},
        {"defects": ("late",)},
        {"responded_at": LONG_AGO + timedelta(seconds=1)},
        {"language": "es"},
    ],
)
def test_other_content_under_the_same_name_is_a_conflict(app: Flask, change: dict[str, Any]) -> None:
    with app.app_context():
        make_defect("late")
    [_, second] = accept(app, draft(external_id="r1"), draft(external_id="r1", **change))
    assert isinstance(second, Rejected)
    assert second.code == "conflict"
    assert rows(app, Response.score, Response.comment) == [(9, None)]


def test_answers_without_a_name_are_all_new(app: Flask) -> None:
    first, second = accept(app, draft(), draft())
    assert first.response_id < second.response_id


def test_a_correction_keeps_what_was_said_before(app: Flask) -> None:
    with app.app_context():
        make_defect("late")
        make_defect("rude")
    [first] = accept(app, draft(external_id="r1", score=3, comment="bad", defects=("late",)))
    [second] = accept(app, draft(external_id="r1", score=8, comment="better", defects=("rude",)), update=True)
    assert (second.status, second.response_id, second.defects) == ("updated", first.response_id, ("rude",))
    assert rows(app, Response.version, Response.score, Response.comment) == [(2, 8, "better")]
    [(content,)] = rows(app, ResponseVersion.content)
    assert (content["score"], content["comment"], content["defects"]) == (3, "bad", ["late"])
    assert rows(app, sa.func.count(Citation.response_id)) == [(1,)]


def test_corrections_inside_one_list_come_one_after_the_other(app: Flask) -> None:
    outcomes = accept(app, *(draft(external_id="r1", score=score) for score in (1, 2, 2, 3)), update=True)
    assert [outcome.status for outcome in outcomes] == ["created", "updated", "unchanged", "updated"]
    assert [outcome.score for outcome in outcomes] == [1, 2, 2, 3]
    assert rows(app, Response.version, Response.score) == [(3, 3)]


def test_a_corrected_answer_keeps_the_segment_of_its_arrival(app: Flask) -> None:
    accept(app, draft(external_id="r1", segment="small"))
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Account).values(segment="large"))
    accept(app, draft(external_id="r1", score=1), update=True)
    assert rows(app, Response.segment, Response.score) == [("small", 1)]


def test_unknown_codes_are_refused(app: Flask) -> None:
    survey, defect = accept(app, draft(survey="nosuch"), draft(defects=("nosuch",)))
    assert (survey.code, list(survey.errors)) == ("unknown_code", ["survey"])
    assert (defect.code, list(defect.errors)) == ("unknown_code", ["defects"])
    assert rows(app, sa.func.count(Account.id)) == [(0,)]


def test_imports_may_bring_codes(app: Flask) -> None:
    said = draft(survey="visit", defects=("product:late_boot", "rude"))
    accept(app, said, create_defects=True, create_surveys=SurveyKind.TRANSACTIONAL)
    assert rows(app, Defect.code, Defect.category) == [("late_boot", DefectCategory.PRODUCT), ("rude", DefectCategory.SERVICE)]
    assert rows(app, sa.func.count(Citation.response_id)) == [(2,)]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"score": 11}, "score"),
        ({"score": True}, "score"),
        ({"account_external_id": " "}, "account_external_id"),
        ({"responded_at": datetime(1989, 12, 31, tzinfo=UTC)}, "responded_at"),
        ({"responded_at": datetime(2999, 1, 1, tzinfo=UTC)}, "responded_at"),
        ({"responded_at": datetime(2025, 1, 1)}, "responded_at"),  # noqa: DTZ001  naive on purpose
        ({"contact_role": "boss"}, "contact_role"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"contact_time_zone": "Mars/Olympus"}, "contact_time_zone"),
        ({"language": "English!"}, "language"),
        ({"comment": "a\0b"}, "text"),
        ({"comment": "\ud800"}, "text"),
        ({"account_name": "\ud800"}, "text"),
        ({"account_name": "x" * 256}, "account_name"),
        ({"defects": ("weather:rain",)}, "defects"),
    ],
)
def test_what_cannot_be_true_is_invalid(app: Flask, values: dict[str, Any], field: str) -> None:
    good, bad = accept(app, draft(), draft(**values))
    assert isinstance(good, Accepted)
    assert (bad.code, list(bad.errors)) == ("invalid", [field])


def test_ids_ascend_in_the_order_of_the_list(app: Flask) -> None:
    outcomes = accept(app, *(draft(score=score) for score in range(11)))
    ids = [outcome.response_id for outcome in outcomes]
    assert ids == sorted(ids)
    assert rows(app, Response.id, Response.score) == list(zip(ids, range(11), strict=True))


def test_the_id_of_a_deleted_answer_is_not_given_again(app: Flask) -> None:
    [first] = accept(app, draft())
    with app.app_context(), transaction():
        delete_answer(first.response_id, "token:etl")
    [second] = accept(app, draft())
    assert second.response_id > first.response_id


def test_deleting_what_is_not_there_says_so(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotFound), transaction():
        delete_answer(1, "token:etl")


def test_a_list_leaves_one_audit_row_and_one_row_of_statistics(app: Flask) -> None:
    accept(app, draft(), draft(), draft(score=99), actor="token:etl")
    assert rows(app, AuditEvent.actor, AuditEvent.action) == [("token:etl", "response.list_accepted")]
    assert rows(app, ScoreTail.answers) == [(2,)]


def test_single_answers_leave_an_audit_row_each(app: Flask) -> None:
    accept(app, draft(), draft(), one_by_one=True)
    assert rows(app, AuditEvent.action) == [("response.created",), ("response.created",)]
