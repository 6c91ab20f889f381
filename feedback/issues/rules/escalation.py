"""The ladder: who is told when a clock nears its due date or has passed it. Owner, then the lead of the team, then executives."""

from collections.abc import Mapping
from enum import StrEnum

from feedback.issues.rules.enums import Severity


class Rung(StrEnum):
    """Who is told, from near to far."""

    OWNER = "owner"
    LEAD = "lead"
    EXECUTIVE = "executive"


Ladder = Mapping[tuple[Severity, Rung], int]
HEIGHT = {rung: place for place, rung in enumerate(Rung, start=1)}
MAX_HOURS = 24 * 60  # before or after the due date

# Hours after the due date (negative: before it), counted as the clock itself is counted. A rung that is not here is not climbed.
DEFAULT_LADDER: Ladder = {
    (Severity.CRITICAL, Rung.OWNER): -2,
    (Severity.CRITICAL, Rung.LEAD): 0,
    (Severity.CRITICAL, Rung.EXECUTIVE): 4,
    (Severity.MAJOR, Rung.OWNER): -4,
    (Severity.MAJOR, Rung.LEAD): 4,
    (Severity.MAJOR, Rung.EXECUTIVE): 24,
    (Severity.MINOR, Rung.OWNER): -4,
    (Severity.MINOR, Rung.LEAD): 24,
    (Severity.MINOR, Rung.EXECUTIVE): 72,
}
