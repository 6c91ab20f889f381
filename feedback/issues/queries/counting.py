"""Which issues are counted where figures are made of them."""

import sqlalchemy as sa

from feedback.issues.models import Issue


def was_a_problem() -> sa.ColumnElement[bool]:
    """Not what was entered by mistake, or a program's answer had opened."""
    return Issue.withdrawn_at.is_(None)


def counts_for_itself() -> sa.ColumnElement[bool]:
    """The same, and not what became part of another issue: that one is counted."""
    return sa.and_(was_a_problem(), Issue.merged_into_id.is_(None))
