"""What a person reads off a clock on the wall, as an instant."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedback.kernel.business_time import turn_between

END_OF_DAY = time(23, 59)  # a day for which something is promised lasts until here
FARTHEST = timedelta(days=3653)  # ahead of now: what is promised or planned for later is a mistake in the year


def is_on_edge(at: datetime) -> bool:
    """Whether it lies in the first or last year that there is: in some zone it would leave the calendar."""
    return at.year <= 1 or at.year >= 9999


class SkippedTime(ValueError):
    """A time that no clock of the zone shows: there they are turned from `leaves` to `reaches`."""

    def __init__(self, leaves: datetime, reaches: datetime) -> None:
        super().__init__(f"clocks go from {leaves} to {reaches}")
        self.leaves, self.reaches = leaves, reaches


def instant_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a clock in the zone shows `wall` (naive), in UTC; a time that it shows twice is taken for its first.

    Raises:
        SkippedTime: it never does, because clocks are turned forward over it.
        OverflowError: the first or last hours of all years.
    """
    wall = wall.replace(fold=0)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    before = wall.replace(tzinfo=zone, fold=1, microsecond=0).astimezone(UTC)
    turn = turn_between(zone, before, instant.replace(microsecond=0))
    old, new = (at.astimezone(zone).utcoffset() for at in (before, turn))
    naive = turn.replace(tzinfo=None)
    assert old is not None
    assert new is not None
    raise SkippedTime(naive + old, naive + new)


def is_end_of_day(local: datetime) -> bool:
    """Whether a due moment on somebody's wall clock stands for its whole day, so that its hour says nothing."""
    return (local.hour, local.minute) == (END_OF_DAY.hour, END_OF_DAY.minute)
