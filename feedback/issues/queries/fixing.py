"""Who owes the fix of an issue."""

import sqlalchemy as sa

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.working.models import IssueDiagnosis


def find_fix_owner(issue: Issue, *, acting: int | None = None) -> int | None:
    """Who is named for the fix; else whoever acts, else the owner of the issue. Nobody who has left."""
    rounds = (IssueDiagnosis.issue_id == issue.id, IssueDiagnosis.round <= issue.reopen_count)
    query = sa.select(IssueDiagnosis.fix_owner_id).where(*rounds).order_by(IssueDiagnosis.round.desc()).limit(1)
    candidates = (db.session.scalar(query), acting, issue.owner_id)
    people = [user_id for user_id in candidates if user_id is not None]
    here = set(db.session.scalars(sa.select(User.id).where(User.id.in_(people), User.active)))
    return next((user_id for user_id in people if user_id in here), None)
