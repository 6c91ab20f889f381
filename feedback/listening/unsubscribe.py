"""Stopping and allowing survey mails from the link in them. Call these inside `transaction()`."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from feedback.accounts.models import Contact
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.rules.recurrence import add_months
from feedback.listening.stopping import stop_waiting
from feedback.permission import suppressions
from feedback.permission.models import Suppression
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.permission.service import ConsentDraft, record_consents
from feedback.surveys.models import Invitation
from feedback.surveys.rules import SkipReason


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who holds a link. Links are good for this for ever: a mail can lie in a box for years."""

    invitation_id: int
    contact_id: int
    language: str | None
    stopped: bool
    rests_until: date | None = None  # asked to be left alone until that day


PAUSES = (6, 12)  # months that somebody can ask for


def find_recipient(digest: str) -> Recipient | None:
    """The person behind a token, by its digest."""
    return _find(Invitation.token_digest == digest)


def _find(condition: sa.ColumnElement[bool]) -> Recipient | None:
    stopped = sa.exists().where(
        Suppression.contact_id == Contact.id,
        Suppression.reason == SuppressionReason.UNSUBSCRIBED,
        Suppression.lifted_at.is_(None),
    )
    query = (
        sa.select(
            Invitation.id, Contact.id, sa.func.coalesce(Contact.language, Invitation.language), stopped, Contact.no_surveys_until
        )
        .join(Contact, Contact.id == Invitation.contact_id)
        .where(condition)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    invitation_id, contact_id, language, is_stopped, until = row
    return Recipient(invitation_id, contact_id, language, is_stopped, until if until and until > clock.now().date() else None)


def change_asking(invitation_id: int, *, again: bool, months: int = 0) -> None:
    """Stop asking whoever got this invitation, allow it again, or wait so many months."""
    person = _find(Invitation.id == invitation_id)
    if person is None:
        return
    if months:
        pause_asking(person, months)
    else:
        (allow_asking if again else stop_asking)(person)


def pause_asking(person: Recipient, months: int) -> None:
    """No survey mail for so many months, from today, also for who wanted none at all before; nothing else changes."""
    if person.stopped:
        allow_asking(person)
    until = add_months(clock.now().date(), months)
    db.session.execute(sa.update(Contact).where(Contact.id == person.contact_id).values(no_surveys_until=until))
    audit.record(
        f"invitation:{person.invitation_id}", "contact.surveys_paused", "contact", person.contact_id, until=until.isoformat()
    )
    stop_waiting(person.contact_id, SkipReason.NOT_NOW)


def stop_asking(person: Recipient) -> None:
    """No survey mail any more: neither planned nor reminding ones. A second time changes nothing."""
    if person.stopped:
        return
    actor = f"invitation:{person.invitation_id}"
    suppressions.suppress(SuppressionReason.UNSUBSCRIBED, actor=actor, contact_id=person.contact_id)
    _record(person, ConsentAction.WITHDRAWN, actor)
    stop_waiting(person.contact_id, SkipReason.STOP_LIST)


def allow_asking(person: Recipient) -> None:
    """Take it back. What else keeps us from writing (a bounce, an entry made by hand) stays."""
    actor = f"invitation:{person.invitation_id}"
    if person.rests_until:
        db.session.execute(sa.update(Contact).where(Contact.id == person.contact_id).values(no_surveys_until=None))
        audit.record(actor, "contact.surveys_resumed", "contact", person.contact_id)
    if not person.stopped:
        return
    entries = sa.select(Suppression.id).where(
        Suppression.contact_id == person.contact_id,
        Suppression.reason == SuppressionReason.UNSUBSCRIBED,
        Suppression.lifted_at.is_(None),
    )
    for entry in db.session.scalars(entries).all():
        suppressions.lift(entry, actor=actor)
    _record(person, ConsentAction.GRANTED, actor)


def _record(person: Recipient, action: ConsentAction, actor: str) -> None:
    said = ConsentDraft(
        person.contact_id, Purpose.FEEDBACK, Channel.EMAIL, action, clock.now(), basis="contact", evidence="link in a survey mail"
    )
    record_consents([said], recorded_by=actor)
