"""The open issue that somebody joins who speaks of the same problem."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.extensions import db
from feedback.issues.models import Issue


def find_joinable(account_id: int, defect_id: int) -> Issue | None:
    """The oldest open issue of an account about a defect, locked; also the one into which such an issue was merged."""
    merged = aliased(Issue)
    about = sa.select(Issue.id).where(Issue.account_id == account_id, Issue.defect_id == defect_id)
    into = sa.select(merged.merged_into_id).where(merged.account_id == account_id, merged.defect_id == defect_id)
    either = sa.or_(Issue.id.in_(about), Issue.id.in_(into.where(merged.merged_into_id.is_not(None))))
    query = sa.select(Issue).where(either, Issue.closed_at.is_(None)).order_by(Issue.id).limit(1).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))
