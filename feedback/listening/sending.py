"""Sending: due invitations and reminders become messages of the outbox, and each is checked once more before it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback import egress
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import history
from feedback.listening.audience import rests_until
from feedback.listening.compose import Letter, compose
from feedback.listening.models import SurveyMail, Wave
from feedback.listening.rehearsal import quarantine_days
from feedback.listening.rules.eligibility import Person, Terms, first_day, skip_reason
from feedback.listening.rules.states import MailKind, QuarantineMode, WaveState
from feedback.outbox.delivery import Message, Undeliverable
from feedback.outbox.service import enqueue_many
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, Purpose
from feedback.permission.suppressions import suppressed_contacts
from feedback.surveys.models import Invitation, SurveyProgram, SurveyVersion
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.surveys.texts import choose_language, words
from feedback.surveys.tokens import token_of
from feedback.uow import end_reading, transaction

KIND = "send_survey"
BATCH = 500
_ASKABLE = (InvitationState.SENT, InvitationState.REMINDED)


@dataclass(frozen=True, slots=True)
class _Due:
    """An invitation whose mail is about to leave."""

    invitation: Invitation
    program: SurveyProgram
    version: SurveyVersion | None
    contact: Contact
    skip: SkipReason | None


def queue_due(limit: int = BATCH) -> int:
    """Put mails whose moment has come into the outbox; answers how many. Call inside `transaction()`.

    A wave that is paused keeps its invitations until it goes on; those whose last day passes meanwhile go out late, because a
    person who was planned has not done anything to be left out.
    """
    now = clock.now()
    running = sa.select(Wave.id).where(Wave.state == WaveState.RUNNING)
    first = (
        sa.select(Invitation.id)
        .where(Invitation.state == InvitationState.PLANNED, Invitation.send_at <= now, Invitation.wave_id.in_(running))
        .order_by(Invitation.send_at, Invitation.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.session.scalars(first))
    again = (
        sa.select(Invitation.id, Invitation.reminders)
        .where(Invitation.next_reminder_at <= now, Invitation.state.in_(_ASKABLE), Invitation.wave_id.in_(running))
        .where(Invitation.expires_at > now)
        .order_by(Invitation.next_reminder_at)
        .limit(limit - len(ids))
        .with_for_update(skip_locked=True)
    )
    reminders = [(invitation_id, number + 1) for invitation_id, number in db.session.execute(again)]
    mails = [(invitation_id, 0) for invitation_id in ids] + reminders
    if not mails:
        return 0
    db.session.execute(sa.update(Invitation).where(Invitation.id.in_(ids)).values(state=InvitationState.QUEUED))
    reminded = sa.update(Invitation).where(Invitation.id.in_([invitation_id for invitation_id, _ in reminders]))
    db.session.execute(reminded.values(next_reminder_at=None))
    db.session.execute(sa.insert(SurveyMail), [_mail_row(*mail, now) for mail in mails])
    enqueue_many([(KIND, _key(*mail), {"invitation_id": mail[0], "number": mail[1]}) for mail in mails])
    return len(mails)


def _key(invitation_id: int, number: int) -> str:
    return f"survey-mail:{invitation_id}:{number}"


def _mail_row(invitation_id: int, number: int, now: datetime) -> dict[str, Any]:
    sender = current_app.extensions["closedloop_settings"].mail_from
    return {
        "invitation_id": invitation_id,
        "number": number,
        "kind": MailKind.REMINDER if number else MailKind.INVITATION,
        "message_id": egress.message_id(_key(invitation_id, number), sender.rpartition("@")[2]),
        "queued_at": now,
    }


def send_survey(mailer: egress.Mailer, messages: Sequence[Message]) -> None:
    """Mail `send_survey` messages, unless something stands against it by now.

    Raises:
        Undeliverable: the address or the server refuses it for good.
    """
    for message in messages:
        invitation_id, number = message.payload["invitation_id"], message.payload["number"]
        due = _load(invitation_id, number)
        if due is None:
            continue
        if due.skip is not None:
            _stop(due.invitation.id, number, due.skip)
            continue
        mail = _compose(due, message, number)
        end_reading()  # no transaction stays open while the mail server thinks
        try:
            mailer.send(mail)
        except egress.MailRefused as error:
            _refused(invitation_id, number, str(error))
            raise Undeliverable(str(error)) from error
        _sent(invitation_id, number)


def _load(invitation_id: int, number: int) -> _Due | None:
    """What is to be sent; None when there is nothing to send any more."""
    query = (
        sa.select(Invitation, SurveyProgram, SurveyVersion, Contact, Account, AccountContact, Wave)
        .join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
        .outerjoin(SurveyVersion, SurveyVersion.id == Invitation.version_id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .join(Account, Account.id == Invitation.account_id)
        .outerjoin(
            AccountContact,
            sa.and_(AccountContact.account_id == Invitation.account_id, AccountContact.contact_id == Invitation.contact_id),
        )
        .outerjoin(Wave, Wave.id == Invitation.wave_id)
        .where(Invitation.id == invitation_id)
    )
    row = db.session.execute(query).one_or_none()
    wanted = _ASKABLE if number else (InvitationState.QUEUED,)
    if row is None or row.Invitation.state not in wanted or row.Invitation.expires_at <= clock.now():
        return None
    return _Due(row.Invitation, row.SurveyProgram, row.SurveyVersion, row.Contact, _stands_against(row, first=number == 0))


def _stands_against(row: Any, *, first: bool) -> SkipReason | None:
    """The rules of the plan, with the facts of this moment. A reminder belongs to the request that it repeats."""
    settings, contact, today = current_app.extensions["closedloop_settings"], row.Contact, clock.now().date()
    if row.Wave is not None and row.Wave.state is WaveState.CANCELLED:
        return SkipReason.TAKEN_OFF
    asked = history.last_asked([contact.id], but=row.Invitation.id) if first else history.LastAsked({}, {})
    consent = consent_states([contact.id], Purpose.FEEDBACK, Channel.EMAIL).get(contact.id, NOTHING_RECORDED).state
    person = Person(
        account_id=row.Account.id,
        contact_id=contact.id,
        role=row.AccountContact.role if row.AccountContact else ContactRole.USER,
        tier=row.Account.value_tier,
        owner_id=None,
        address=contact.email,
        zone=clock.now().tzinfo,  # type: ignore[arg-type]
        consent=consent,
        account_active=row.Account.status is AccountStatus.ACTIVE,
        left=row.AccountContact is None or row.AccountContact.left_at is not None,
        suppressed=suppressed_contacts([contact.id]).get(contact.id),
        not_now_until=rests_until(contact),
        asked_relationship=asked.relationship.get(contact.id),
        asked_transactional=asked.transactional.get(contact.id),
    )
    terms = Terms(
        row.SurveyProgram.kind,
        quarantine_days(row.SurveyProgram),
        QuarantineMode.BLOCK,
        settings.feedback_consent_required,
        today,
        today,
    )
    reason, day = skip_reason(person, terms), first_day(person, terms)
    return reason or (day if isinstance(day, SkipReason) else None)


def _compose(due: _Due, message: Message, number: int) -> EmailMessage:
    settings, invitation = current_app.extensions["closedloop_settings"], due.invitation
    texts = due.version.texts if due.version else {}
    language = choose_language(due.contact.language or invitation.language, texts, due.program.fallbacks)
    letter = Letter(
        to=due.contact.email or "",
        language=language,
        words=words(language, texts),
        kind=MailKind.REMINDER if number else MailKind.INVITATION,
        base_url=settings.base_url.rstrip("/"),
        token=token_of(settings.secret_key.get_secret_value(), invitation.nonce or ""),
        key=message.key,
        queued_at=message.created_at,
    )
    return compose(letter, sender=settings.mail_from)


def _sent(invitation_id: int, number: int) -> None:
    now = clock.now()
    with transaction():
        mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number, SurveyMail.sent_at.is_(None))
        db.session.execute(sa.update(SurveyMail).where(*mail).values(sent_at=now))
        invitation = db.session.get(Invitation, invitation_id)
        if invitation is None:
            return
        if invitation.state in (InvitationState.QUEUED, *_ASKABLE):  # an answer can be faster than this line
            invitation.state = InvitationState.REMINDED if number else InvitationState.SENT
        invitation.sent_at = invitation.sent_at or now
        invitation.reminders = number
        program = db.session.get_one(SurveyProgram, invitation.survey_id)
        days = program.reminder_days[number : number + 1]
        if days and invitation.state in _ASKABLE:
            invitation.next_reminder_at = now + timedelta(days=days[0])


def _stop(invitation_id: int, number: int, reason: SkipReason) -> None:
    with transaction():
        mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number)
        db.session.execute(sa.update(SurveyMail).where(*mail).values(stopped_at=clock.now(), stopped_because=reason.value))
        invitation = db.session.get_one(Invitation, invitation_id)
        if number == 0:
            invitation.state, invitation.skip_reason, invitation.token_digest = InvitationState.SKIPPED, reason, None
        else:
            invitation.next_reminder_at = None


def _refused(invitation_id: int, number: int, reason: str) -> None:
    with transaction():
        mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number)
        db.session.execute(sa.update(SurveyMail).where(*mail).values(stopped_at=clock.now(), stopped_because=reason[:200]))
        state = sa.update(Invitation).where(Invitation.id == invitation_id, Invitation.state == InvitationState.QUEUED)
        db.session.execute(state.values(state=InvitationState.FAILED))
