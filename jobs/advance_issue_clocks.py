"""Tell people about clocks that run out soon or have run out."""

from feedback.issues.sweeps import announce_due_soon, announce_overdue, overdue_issues
from feedback.uow import transaction
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Remind owners; tell owners and account managers what is overdue, once per due date."""
    overdue = each_in_its_own_transaction(overdue_issues(), announce_overdue)
    with transaction():
        announce_due_soon()
    return overdue
