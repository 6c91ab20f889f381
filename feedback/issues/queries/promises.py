"""Promises on which customers still count."""

import sqlalchemy as sa

from feedback.issues.models import Commitment


def is_open_promise() -> sa.ColumnElement[bool]:
    """Neither kept nor ended (`Commitment.is_open`); the first part is that of the index."""
    return sa.and_(Commitment.kept_at.is_(None), Commitment.given_up_at.is_(None), Commitment.withdrawn_at.is_(None))
