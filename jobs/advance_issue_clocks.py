"""Tell people about clocks that run out soon or have run out."""

from feedback.issues.alarms import issues_with_alarms, sound_alarms
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Remind owners, climb the ladder, say what is overdue: each once per due date."""
    return each_in_its_own_transaction(issues_with_alarms(), sound_alarms)
