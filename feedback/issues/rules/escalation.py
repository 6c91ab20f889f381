"""The ladder: who is told when a clock nears its due date or has passed it. Owner, then the lead of the team, then executives."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from feedback.issues.rules.enums import Severity
from feedback.kernel.business_time import BusinessTime


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


class Hanging(Protocol):
    """What a ladder hangs on: a clock that runs."""

    started_at: datetime
    due_at: datetime

    def shifted(self, at: datetime, hours: int, time_of: Callable[[int | None], BusinessTime], /) -> datetime:
        """The instant so many hours after another one, counted as the clock is."""


def climb(
    steps: Sequence[tuple[Rung, int]],
    told: Mapping[Rung, datetime | None],
    clock: Hanging,
    earliest: datetime,
    time_of: Callable[[int | None], BusinessTime],
) -> Iterator[tuple[datetime, Rung]]:
    """The rungs that are ahead and when each is reached, if nobody is told before `earliest`.

    Each leaves to whoever it reaches the time that lies between it and the next one, also where it was reached late.
    """
    below: tuple[int, datetime] | None = None  # hours of the rung below, and when it was told or can be told first
    for rung, hours in steps:
        told_at = told[rung]
        if told_at is None:
            at = clock.shifted(clock.due_at, hours, time_of)
            if at <= clock.started_at and hours < 0:
                continue  # a warning before the clock has begun warns of nothing
            if below is not None:
                at = max(at, clock.shifted(below[1], hours - below[0], time_of))
            yield at, rung
            told_at = max(at, earliest)
        below = hours, told_at
