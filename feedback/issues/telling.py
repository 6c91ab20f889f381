"""Who among the voices of an issue has heard from us."""

from datetime import datetime

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice


def answered_since(issue: Issue) -> datetime:
    """From when on an answer to a voice counts: what was said before a reopening has to be said again."""
    return issue.routed_at if issue.reopen_count and issue.routed_at else issue.opened_at


def mark_told(issue_id: int, contact_id: int | None, at: datetime, user_id: int | None = None) -> None:
    """Everything that a person had said about the issue until then is answered."""
    if contact_id is None:
        return
    told = sa.update(IssueVoice).where(
        IssueVoice.issue_id == issue_id, IssueVoice.contact_id == contact_id, IssueVoice.created_at <= at
    )
    # the newest contact holds: after a reopening what was said before does not count
    later = sa.or_(IssueVoice.answered_at.is_(None), IssueVoice.answered_at < at)
    db.session.execute(told.where(later).values(answered_at=at, answered_by_id=user_id))
