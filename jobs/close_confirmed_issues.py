"""Close issues whose customers confirmed the fix, when nothing is left to do."""

from feedback.issues.confirmed import close_confirmed, confirmed_issues
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Close each of them."""
    return each_in_its_own_transaction(confirmed_issues(), close_confirmed)
