"""Say that promises and fixes come due, and that their time has passed."""

from feedback.issues.working.diagnosis import late_fixes, tell_late_fix
from feedback.issues.working.promises import broken_promises, mark_broken, promises_due_soon, remind_of
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Break what was not kept, remind of what is due soon, and tell of fixes that are late."""
    parts = (
        each_in_its_own_transaction(promises_due_soon(), remind_of),
        each_in_its_own_transaction(broken_promises(), mark_broken),
        each_in_its_own_transaction(late_fixes(), tell_late_fix),
    )
    return "; ".join(part for part in parts if part) or None
