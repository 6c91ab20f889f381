"""Tell leads and deputies what people who are away since today leave open."""

from feedback.issues.absences import announce_absence
from feedback.kernel import clock
from feedback.staffing.queries import unannounced_absences
from jobs.each import each_in_its_own_transaction


def run() -> str | None:
    """Once per absence."""
    return each_in_its_own_transaction(unannounced_absences(clock.now()), announce_absence)
