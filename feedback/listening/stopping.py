"""Ending what is planned for a person, at once and everywhere."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState, SkipReason


def stop_waiting(contact_id: int, reason: SkipReason) -> None:
    """Leave a person out of whatever was planned, and send no reminders. Call it inside `transaction()`.

    A mail that is on its way to the mail server already is stopped by the look just before it leaves.
    """
    mine = (Invitation.contact_id == contact_id,)
    planned = sa.update(Invitation).where(*mine, Invitation.state == InvitationState.PLANNED)
    db.session.execute(planned.values(state=InvitationState.SKIPPED, skip_reason=reason, token_digest=None))
    reminders = sa.update(Invitation).where(*mine, Invitation.next_reminder_at.is_not(None))
    db.session.execute(reminders.values(next_reminder_at=None))
