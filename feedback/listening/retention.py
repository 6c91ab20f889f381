"""What is kept of waves, and for how long. Call these inside `transaction()`; no figure changes by them."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.models import SurveyMail, WaveExclusion
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState

_UNDER_WAY = (InvitationState.PLANNED, InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)


def _before(setting: str) -> datetime:
    return clock.now() - timedelta(days=getattr(current_app.extensions["closedloop_settings"], setting))


def forget_mail_receipts() -> int:
    """Delete what is known of old mails, but of no invitation that is under way; answers how many."""
    under_way = sa.exists().where(Invitation.id == SurveyMail.invitation_id, Invitation.state.in_(_UNDER_WAY))
    old = SurveyMail.queued_at < _before("mail_receipt_days")
    return len(db.session.execute(sa.delete(SurveyMail).where(old, ~under_way).returning(SurveyMail.id)).all())


def forget_exclusion_notes() -> int:
    """Clear the words with which people were taken off waves long ago; answers how many. The lines stay, and are counted."""
    old = sa.and_(WaveExclusion.created_at < _before("exclusion_note_days"), WaveExclusion.note != "")
    statement = sa.update(WaveExclusion).where(old).values(note="")
    return len(db.session.execute(statement.returning(WaveExclusion.wave_id)).all())
