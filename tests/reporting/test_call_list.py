"""Whom to call: who is on the list, in which order, and who is left in peace."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import User
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.closed_loop.interviews import InterviewDraft, note_interview
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.rules.calls import CallGroup, NoCall, WhyCall
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.permission.service import ConsentDraft, record_consents
from feedback.permission.suppressions import suppress
from feedback.reporting.call_list import CallFilter, CallLine, call_list, calls_made, next_call
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import AnswerChannel, InvitationState, SkipReason
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_survey, make_user

EVERYBODY = CallFilter()


class Company:
    """Customers who were asked, and somebody who calls them."""

    def __init__(self) -> None:
        self.manager = make_user(Role.EXPERIENCE_MANAGER)
        self.account = make_account(name="Acme", value_tier=ValueTier.A)

    def viewer(self, user_id: int | None = None) -> Viewer:
        user = db.session.get_one(User, user_id or self.manager)
        return Viewer("user", user.name, user.id, user.role, user.team_id, user.region, "en", "UTC")

    def asked(self, state: InvitationState = InvitationState.SENT, *, days: int = 20, **values: Any) -> int:
        """Somebody with a telephone who was asked so many days ago; answers the contact."""
        account = values.pop("account", self.account)
        said = {name: values.pop(name) for name in ("skip_reason", "survey_id", "wave_id") if name in values}
        contact = make_contact(account, **{"phone": "+1 555", "email": "someone@customer.example"} | values)
        self.ask_again(contact, state, days=days, account=account, **said)
        return contact

    def ask_again(self, contact: int, state: InvitationState, *, days: int, account: int | None = None, **values: Any) -> None:
        at = clock.now() - timedelta(days=days)
        sent = None if state is InvitationState.SKIPPED else at
        plain = {"survey_id": 1, "created_by": "user:1", "created_at": at, "expires_at": at + timedelta(days=60)}
        who = {"account_id": account or self.account, "contact_id": contact}
        insert(Invitation, **plain | who | {"state": state, "sent_at": sent} | values)

    def answer(self, contact: int, *, days: int, survey_id: int = 1) -> None:
        at = clock.now() - timedelta(days=days)
        said = {"score": 8, "source": "test", "content_digest": "x", "channel": AnswerChannel.WEB, "role": ContactRole.USER}
        who = {"account_id": self.account, "contact_id": contact, "survey_id": survey_id}
        insert(Response, **said | who | {"responded_at": at, "created_at": at})

    def says(self, contact: int, action: ConsentAction, channel: Channel = Channel.PHONE) -> None:
        with transaction():
            record_consents([ConsentDraft(contact, Purpose.FEEDBACK, channel, action, clock.now())], recorded_by="user:1")

    def lines(self, wanted: CallFilter = EVERYBODY, viewer: Viewer | None = None) -> list[CallLine]:
        return list(call_list(viewer or self.viewer(), wanted, limit=200).lines)

    def line(self, contact: int) -> CallLine:
        [found] = [line for line in self.lines() if line.contact_id == contact]
        return found

    def people(self, wanted: CallFilter = EVERYBODY) -> list[int]:
        return [line.contact_id for line in self.lines(wanted)]


@pytest.fixture
def company(app: Flask) -> Any:
    with app.app_context():
        yield Company()


def test_who_was_asked_and_is_silent_is_to_be_called(company: Company) -> None:
    line = company.line(company.asked())
    assert (line.why, line.no_call, line.group) == (WhyCall.SILENT, None, CallGroup.CALL)


def test_who_answered_since_is_not_on_the_list(company: Company) -> None:
    company.answer(company.asked(days=20), days=3)
    assert company.people() == []


def test_an_answer_before_the_request_or_to_another_survey_is_none(company: Company) -> None:
    contact, other = company.asked(days=20), make_survey("event")
    company.answer(contact, days=30)
    company.answer(contact, days=3, survey_id=other)
    assert company.people() == [contact]


@pytest.mark.parametrize(
    ("state", "values", "why"),
    [
        (InvitationState.BOUNCED, {}, WhyCall.DEAD_ADDRESS),
        (InvitationState.FAILED, {}, WhyCall.REFUSED_MAIL),
        (InvitationState.SKIPPED, {"skip_reason": SkipReason.NO_PERMISSION}, WhyCall.NO_PERMISSION),
        (InvitationState.SKIPPED, {"skip_reason": SkipReason.BOUNCED}, WhyCall.DEAD_ADDRESS),
        (InvitationState.SKIPPED, {"skip_reason": SkipReason.NO_ADDRESS, "email": None}, WhyCall.NO_ADDRESS),
    ],
)
def test_whom_no_mail_reaches(company: Company, state: InvitationState, values: dict[str, Any], why: WhyCall) -> None:
    assert company.line(company.asked(state, **values)).why is why


@pytest.mark.parametrize("reason", [SkipReason.TAKEN_OFF, SkipReason.QUARANTINE, SkipReason.NOT_NOW, SkipReason.NO_ROOM])
def test_who_was_left_out_for_another_reason_is_not_called_instead(company: Company, reason: SkipReason) -> None:
    company.asked(InvitationState.SKIPPED, skip_reason=reason)
    assert company.people() == []


def test_who_was_silent_before_stays_so_when_a_later_wave_leaves_them_in_peace(company: Company) -> None:
    contact = company.asked(days=40)
    company.ask_again(contact, InvitationState.SKIPPED, days=2, skip_reason=SkipReason.QUARANTINE)
    assert company.line(contact).why is WhyCall.SILENT


@pytest.mark.parametrize(("days", "listed"), [(100, 0), (200, 1)])
def test_who_was_never_mailed_and_answered_lately_is_left_in_peace(company: Company, days: int, listed: int) -> None:
    contact = company.asked(InvitationState.SKIPPED, skip_reason=SkipReason.NO_PERMISSION, days=20)
    company.answer(contact, days=days)
    assert len(company.people()) == listed


def test_who_never_had_an_address_and_was_never_heard(company: Company) -> None:
    contact = make_contact(company.account, phone="+1")
    heard = make_contact(company.account, phone="+1")
    company.answer(heard, days=3)
    assert (company.people(), company.line(contact).why) == ([contact], WhyCall.NO_ADDRESS)


def test_decision_makers_of_the_most_valuable_first(company: Company) -> None:
    small, rich = make_account(value_tier=ValueTier.C), make_account(value_tier=ValueTier.A, annual_revenue=9e6)
    order = [
        company.asked(role=ContactRole.DECISION_MAKER, account=rich),
        company.asked(role=ContactRole.DECISION_MAKER),
        company.asked(role=ContactRole.DECISION_MAKER, account=small),
        company.asked(role=ContactRole.INFLUENCER, account=rich),
        company.asked(role=ContactRole.USER, account=rich),
    ]
    assert company.people() == order


@pytest.mark.parametrize(
    ("group", "reason"),
    [(CallGroup.LEAVE, NoCall.OBJECTED), (CallGroup.LEAVE, NoCall.STOP_LIST), (CallGroup.LATER, NoCall.EARLY)],
)
def test_each_kind_of_reason_has_its_tab(company: Company, group: CallGroup, reason: NoCall) -> None:
    company.says(company.asked(), ConsentAction.OBJECTED)
    with transaction():
        suppress(SuppressionReason.UNSUBSCRIBED, actor="user:1", contact_id=company.asked())
    company.asked(days=2)
    assert reason in [line.no_call for line in company.lines(CallFilter(group=group))]
    assert company.people(CallFilter(group=CallGroup.CALL)) == []


def test_a_dead_address_on_the_stop_list_is_called(company: Company) -> None:
    contact = company.asked(InvitationState.BOUNCED)
    with transaction():
        suppress(SuppressionReason.HARD_BOUNCE, actor="mail", contact_id=contact, address="someone@customer.example")
    assert (company.line(contact).why, company.line(contact).no_call) == (WhyCall.DEAD_ADDRESS, None)


def test_nobody_who_left_was_erased_or_whose_account_closed(company: Company) -> None:
    left, erased = company.asked(), company.asked()
    company.asked(account=make_account(status=AccountStatus.CLOSED))
    with transaction() as session:
        session.execute(sa.update(AccountContact).where(AccountContact.contact_id == left).values(left_at=clock.now()))
        session.execute(sa.update(Contact).where(Contact.id == erased).values(erased_at=clock.now()))
    assert company.people() == []


def test_anybody_is_found_by_name_heard_or_not(company: Company) -> None:
    heard = company.asked(name="Ana Ruiz", days=20)
    company.answer(heard, days=3)
    company.asked()
    [line] = company.lines(CallFilter(text="ana r"))
    assert (line.contact_id, line.why, line.last and line.last[0]) == (heard, None, 8)


def test_only_their_own_customers(company: Company) -> None:
    mine = make_user(Role.ACCOUNT_MANAGER)
    own = company.asked(account=make_account(owner_id=mine), name="Own")
    company.asked(name="Other")
    viewer = company.viewer(mine)
    assert [line.contact_id for line in company.lines(viewer=viewer)] == [own]
    assert company.lines(CallFilter(text="Other"), viewer) == []
    executive = company.viewer(make_user(Role.EXECUTIVE))
    assert company.lines(viewer=executive) == []


def test_a_call_that_nobody_picked_up_comes_again_another_day(company: Company) -> None:
    contact = company.asked()
    with transaction():
        note_interview(company.viewer(), InterviewDraft(company.account, contact, agreed=False, reached=False))
    line = company.line(contact)
    assert (line.missed, line.no_call) == (1, NoCall.TRIED)
    with clock.frozen(clock.now() + timedelta(hours=21)):
        assert company.line(contact).no_call is None
    made = calls_made(company.viewer(), clock.now() - timedelta(days=1))
    assert (made.answered, made.refused, made.missed) == (0, 0, 1)


def test_who_answered_by_phone_or_said_no_is_not_called_again(company: Company) -> None:
    yes, no = company.asked(), company.asked()
    with transaction():
        note_interview(company.viewer(), InterviewDraft(company.account, yes, agreed=True, score=9))
        note_interview(company.viewer(), InterviewDraft(company.account, no, agreed=False))
    assert company.people(CallFilter(group=CallGroup.CALL)) == []
    assert company.line(no).no_call is NoCall.REFUSED
    made = calls_made(company.viewer(), clock.now() - timedelta(days=1))
    assert (made.answered, made.refused, made.reached) == (1, 1, 2)


def test_after_one_call_comes_the_next(company: Company) -> None:
    first, second = company.asked(), company.asked()
    following = next_call(company.viewer(), EVERYBODY, besides=(company.account, first))
    assert following is not None
    assert following.contact_id == second
    company.says(second, ConsentAction.OBJECTED)
    assert next_call(company.viewer(), EVERYBODY, besides=(company.account, first)) is None


def test_filters_narrow(company: Company) -> None:
    event = make_survey("event")
    of_event, plain = company.asked(survey_id=event), company.asked()
    assert company.people(CallFilter(survey="event")) == [of_event]
    assert company.people(CallFilter(survey="relationship")) == [plain]
    assert company.people(CallFilter(account_id=company.account)) == [of_event, plain]
    assert company.people(CallFilter(account_id=company.account + 1)) == []
