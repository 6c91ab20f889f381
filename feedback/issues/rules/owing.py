"""What we owe a customer beside the clocks: what was promised, and the fix by its day."""

from datetime import datetime
from enum import StrEnum

from feedback.issues.rules.enums import CLOSED_STATES, IssueState


class Owed(StrEnum):
    """What may be due first, where it is not one of the clocks."""

    PROMISE = "promise"
    FIX = "fix"


def next_owed(state: IssueState, *, promised_at: datetime | None, fix_due_at: datetime | None) -> datetime | None:
    """When the first of it is due: the first open promise, or the fix that is under way. Nothing of a closed issue."""
    if state in CLOSED_STATES:
        return None
    fix = fix_due_at if state is IssueState.IN_FIX else None
    return min((at for at in (promised_at, fix) if at is not None), default=None)
