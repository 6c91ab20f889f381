"""Look whether delivered initiatives made their defects rarer."""

from feedback.outer_loop.measuring import check_effect, due_checks
from jobs.each import each


def run() -> str | None:
    """Take every look whose day has come."""
    return each(due_checks(), check_effect)
