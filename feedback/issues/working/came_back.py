"""Mails about progress that came back, or were reported as spam. Call inside `transaction()`."""

from collections.abc import Collection

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.working.models import ProgressMail
from feedback.issues.working.progress_sending import tell_writer
from feedback.issues.working.rules import MailState, MailStop
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason

ACTOR = "mail"
_STOPS = {SuppressionReason.HARD_BOUNCE: MailStop.BOUNCED, SuppressionReason.COMPLAINT: MailStop.STOP_LIST}


def note_returned(message_ids: Collection[str], *, reason: SuppressionReason | None, status: str) -> int:
    """The owners of the issues hear that their mail has not arrived; answers how many mails these were.

    Args:
        reason: why the person or the address gets no more mail; None: the mail was refused, the address may be good.
    """
    query = sa.select(ProgressMail).where(ProgressMail.message_id.in_(message_ids)).with_for_update()
    found = list(db.session.scalars(query))
    for row in found:
        if reason is not None and row.contact_id is not None and row.address:
            suppressions.suppress(reason, actor=ACTOR, contact_id=row.contact_id, address=row.address, note=status)
        why = _STOPS.get(reason, MailStop.NOT_DELIVERED) if reason else MailStop.NOT_DELIVERED
        row.state, row.stopped_because, row.message_id = MailState.RETURNED, why, None
        db.session.flush()
        note(row.issue_id, "progress_mail_stopped", None, mail_id=row.id, reason=why.value)
        tell_writer(row, db.session.get_one(Issue, row.issue_id), why)
    return len(found)
