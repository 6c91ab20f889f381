"""Whether the fix of an issue holds, as its page and the API show it: who was asked when, what came back, what is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import AccountContact, Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.moves import unverified_limits
from feedback.issues.queries.single import unheard_people
from feedback.issues.verifying.models import RecoveryPulse, Verification
from feedback.issues.verifying.queries import ASKED, attempts_since_fix, tries_since_fix, voice_facts
from feedback.issues.verifying.readers import reading_languages
from feedback.issues.verifying.rules import HASTE, Verdict, Way, tried_over
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState, SkipReason

NAMELESS: tuple[str | None, ContactRole | None] = (None, None)


@dataclass(frozen=True)
class MailLine:
    """A mail that asks whether it is solved. `send_at` while it is planned; `reason` why it does not go."""

    state: InvitationState
    send_at: datetime | None
    sent_at: datetime | None
    reminders: int
    reason: SkipReason | None


@dataclass(frozen=True)
class WordLine:
    """What somebody said, and who wrote it down (None: the customer)."""

    verdict: Verdict
    way: Way
    comment: str | None
    at: datetime
    recorded_by: str | None


@dataclass(frozen=True)
class Person:
    """Somebody behind an issue. `calls` reached nobody since the fix."""

    contact_id: int
    name: str | None
    role: ContactRole | None
    language: str | None  # of the mail to them
    there: bool
    verdict: Verdict | None
    mail: MailLine | None = None
    words: Sequence[WordLine] = ()
    calls: int = 0
    waived: bool = False  # nobody has to answer them
    unheard: bool = False  # nobody has spoken with them since they told us: no mail asks them first


@dataclass(frozen=True)
class PulseLine:
    """A score that is asked some time after the fix was settled."""

    contact_id: int | None
    name: str | None
    state: InvitationState
    due_at: datetime
    sent_at: datetime | None
    reason: SkipReason | None
    score: int | None
    answered_at: datetime | None


@dataclass(frozen=True)
class VerificationState:
    """Everything about the present fix, and what was said about earlier ones."""

    people: Sequence[Person]
    pulses: Sequence[PulseLine]
    attempts: int
    needed: int
    closable_from: datetime | None  # from then on the issue may be closed without a word, whatever was tried
    earlier: Sequence[tuple[str | None, WordLine]] = field(default=())
    tried_over: timedelta = timedelta()  # between the first and the last try

    @property
    def is_hasty(self) -> bool:
        """Whether it was tried often enough, but all within a day."""
        return self.attempts >= self.needed and self.tried_over < HASTE

    @property
    def waiting(self) -> Sequence[Person]:
        """Who still has to say that it is solved."""
        return [one for one in self.people if one.there and not one.waived and one.verdict is not Verdict.YES]

    @property
    def has_mail(self) -> bool:
        """Whether a mail is under way, or may still be answered."""
        open_states = (InvitationState.PLANNED, InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)
        return any(one.mail is not None and one.mail.state in open_states for one in self.waiting)


def verification_state(issue: Issue) -> VerificationState:
    """What was asked and said; the caller has checked that the viewer may see the issue."""
    facts, limits = voice_facts(issue), unverified_limits()
    rows = _rows(issue.id)
    names = _names(issue, [fact.contact_id for fact in facts])
    languages = reading_languages(issue, [fact.contact_id for fact in facts])
    unheard = unheard_people(issue)
    mails, calls = _mails(rows, issue.reopen_count), _calls(issue)
    people = [
        Person(
            contact_id=fact.contact_id,
            name=names.get(fact.contact_id, NAMELESS)[0],
            role=names.get(fact.contact_id, NAMELESS)[1],
            language=languages.get(fact.contact_id),
            there=fact.there,
            verdict=fact.verdict,
            mail=mails.get(fact.contact_id),
            words=[_word(row) for row in rows if _said(row, fact.contact_id, issue.reopen_count)],
            calls=calls.get(fact.contact_id, 0),
            waived=fact.waived,
            unheard=fact.contact_id in unheard,
        )
        for fact in facts
    ]
    return VerificationState(
        people=people,
        pulses=_pulses(issue.id),
        attempts=attempts_since_fix(issue),
        needed=limits.attempts,
        closable_from=issue.fixed_at + timedelta(days=limits.days) if issue.fixed_at else None,
        tried_over=tried_over(at for _contact_id, at in tries_since_fix(issue)),
        earlier=[(row.name, _word(row)) for row in rows if row.verdict and row.round < issue.reopen_count],
    )


def _rows(issue_id: int) -> Sequence[Any]:
    query = (
        sa.select(
            *(Verification.contact_id, Verification.round, Verification.way, Verification.verdict, Verification.comment),
            *(Verification.answered_at, Invitation.state, Invitation.send_at, Invitation.sent_at),
            *(Invitation.reminders, Invitation.skip_reason, Contact.name, User.name.label("recorded_by")),
        )
        .outerjoin(Invitation, Invitation.id == Verification.invitation_id)
        .outerjoin(Contact, Contact.id == Verification.contact_id)
        .outerjoin(User, User.id == Verification.recorded_by_id)
        .where(Verification.issue_id == issue_id)
        .order_by(Verification.created_at, Verification.id)
    )
    return db.session.execute(query).all()


def _names(issue: Issue, contact_ids: Sequence[int]) -> Mapping[int, tuple[str | None, ContactRole]]:
    query = (
        sa.select(Contact.id, sa.func.coalesce(Contact.name, Contact.external_id), AccountContact.role)
        .join(AccountContact, AccountContact.contact_id == Contact.id)
        .where(AccountContact.account_id == issue.account_id, Contact.id.in_(contact_ids))
    )
    return {contact_id: (name, role) for contact_id, name, role in db.session.execute(query)}


def _mails(rows: Sequence[Any], round_: int) -> Mapping[int, MailLine]:
    """The newest mail to each person about the present fix."""
    return {
        row.contact_id: MailLine(row.state, row.send_at, row.sent_at, row.reminders, row.skip_reason)
        for row in rows
        if row.round == round_ and row.state is not None
    }


def _calls(issue: Issue) -> Mapping[int | None, int]:
    if issue.fixed_at is None:
        return {}
    lines = (IssueEvent.issue_id == issue.id, IssueEvent.kind == ASKED, IssueEvent.occurred_at >= issue.fixed_at)
    found: dict[int | None, int] = {}
    for data in db.session.scalars(sa.select(IssueEvent.data).where(*lines)):
        if data.get("way") == Way.CALL:
            found[data.get("contact_id")] = found.get(data.get("contact_id"), 0) + 1
    return found


def _said(row: Any, contact_id: int, round_: int) -> bool:
    return row.verdict is not None and row.contact_id == contact_id and row.round == round_


def _word(row: Any) -> WordLine:
    return WordLine(row.verdict, row.way, row.comment, row.answered_at, row.recorded_by)


def _pulses(issue_id: int) -> Sequence[PulseLine]:
    query = (
        sa.select(
            *(RecoveryPulse.contact_id, sa.func.coalesce(Contact.name, Contact.external_id), Invitation.state),
            *(sa.func.coalesce(Invitation.send_at, RecoveryPulse.due_at, type_=RecoveryPulse.due_at.type), Invitation.sent_at),
            *(Invitation.skip_reason, Response.score, Response.responded_at),
        )
        .join(Invitation, Invitation.id == RecoveryPulse.invitation_id)
        .outerjoin(Contact, Contact.id == RecoveryPulse.contact_id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(RecoveryPulse.issue_id == issue_id)
        .order_by(RecoveryPulse.id)
    )
    rows: Any = db.session.execute(query)
    return [PulseLine(*row) for row in rows]
