"""Stopping and allowing survey mails from the link in them. Call these inside `transaction()`."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
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
        sa.select(Invitation.id, Contact.id, sa.func.coalesce(Contact.language, Invitation.language), stopped)
        .join(Contact, Contact.id == Invitation.contact_id)
        .where(condition)
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else Recipient(*row)


def change_asking(invitation_id: int, *, again: bool) -> None:
    """Stop asking whoever got this invitation, or allow it again."""
    person = _find(Invitation.id == invitation_id)
    if person is not None:
        (allow_asking if again else stop_asking)(person)


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
    if not person.stopped:
        return
    actor = f"invitation:{person.invitation_id}"
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
