"""Whether an account had an open issue at a moment: the one rule that everybody who looks back uses."""

from typing import Any

import sqlalchemy as sa

from feedback.issues.models import Issue
from feedback.issues.rules import WORK_ITEMS


def was_open(account_id: Any, at: Any) -> sa.Exists:
    """The condition that some issue of the account was opened by `at` and not closed by then; columns or values.

    A reminder to call is no issue of the customer's.
    """
    not_closed = sa.or_(Issue.closed_at.is_(None), Issue.closed_at > at)
    return sa.exists().where(Issue.account_id == account_id, Issue.opened_at <= at, not_closed, Issue.source.not_in(WORK_ITEMS))
