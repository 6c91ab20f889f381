"""Close fixed issues whose customer did not answer in time."""

from feedback.issues.unanswered import close_unanswered, unanswered_fixes
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Close each of them, unverified."""
    return each_in_its_own_transaction(unanswered_fixes(), close_unanswered)
