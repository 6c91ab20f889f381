"""What issues owe, looked up anew in their promises and fixes: what the stored column has to say."""

from datetime import datetime

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.models import Commitment, Issue
from feedback.issues.rules import IssueState


def owed_by_issue() -> dict[int, datetime | None]:
    """When the first promise on which a customer counts, or the fix that is under way, is due."""
    promises = [made for made in db.session.scalars(sa.select(Commitment)) if made.is_open]
    found = {}
    for issue in db.session.scalars(sa.select(Issue)):
        due = [made.due_at for made in promises if made.issue_id == issue.id]
        due += [issue.fix_due_at] if issue.state is IssueState.IN_FIX and issue.fix_due_at else []
        found[issue.id] = min(due, default=None) if issue.closed_at is None else None
    return found


def stored_by_issue() -> dict[int, datetime | None]:
    """What stands in the column, and whether lists go by it."""
    for issue in db.session.scalars(sa.select(Issue).where(Issue.next_owed_at < Issue.next_due_at)):
        assert issue.queue_due_at == issue.next_owed_at
    return dict(db.session.execute(sa.select(Issue.id, Issue.next_owed_at)).all())
