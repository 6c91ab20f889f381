"""Quiet hours and the times of digests, on the clock of somebody's wall."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LOOK = 80  # hours: a quiet time is shorter than a weekend and the nights around it, however the clocks are turned meanwhile
_SATURDAY, _MIDNIGHT = 5, time()


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of the day until another, the next morning if that is earlier, and whole Saturdays and Sundays where
    `weekends` says so. The end itself is not quiet. Without times there are only the weekends.
    """

    start: time | None
    end: time | None
    weekends: bool = False

    @property
    def ends(self) -> set[time]:
        """Times of the day at which it can end."""
        return ({self.end} if self.end is not None else set()) | ({_MIDNIGHT} if self.weekends else set())

    def holds(self, local: datetime) -> bool:
        """Whether it is quiet when the calendar and the clock show this."""
        if self.weekends and local.weekday() >= _SATURDAY:
            return True
        if self.start is None or self.end is None:
            return False
        shown = local.time()
        if self.start < self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end


USUAL = Quiet(time(19), time(8), weekends=True)  # outside the working hours of most people


def quiet_until(quiet: Quiet | None, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet in which `at` lies ends; None if it is not quiet then.

    What counts is what the clock on the wall shows. It can leave the quiet hours in two ways: it reaches their end, or it is
    turned over it.
    """
    if quiet is None or not _is_quiet(quiet, zone, at):
        return None
    ends = (*(instant for end in quiet.ends for instant in _instants_of(end, zone, at)), *_turns(zone, at))
    return min(end for end in ends if end > at and not _is_quiet(quiet, zone, end))


def _is_quiet(quiet: Quiet, zone: ZoneInfo, at: datetime) -> bool:
    return quiet.holds(at.astimezone(zone))


def _instants_of(end: time, zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """When the clock shows a time in the next days: twice in a night in which it is turned back over it."""
    today = at.astimezone(zone).date()
    for days in range(4):
        wall = datetime.combine(today + days * _DAY, end, zone)
        yield wall.astimezone(UTC)
        yield wall.replace(fold=1).astimezone(UTC)


def _turns(zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """When the clock is turned in the next days, to the second."""
    start = at.astimezone(UTC).replace(microsecond=0)
    for hour in range(_LOOK):
        low, high = start + hour * _HOUR, start + (hour + 1) * _HOUR
        if _offset(zone, low) == _offset(zone, high):
            continue
        before = _offset(zone, low)
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
            low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
        yield high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def next_digest(zone: ZoneInfo, at: datetime, *, hour: int, weekday: int | None = None) -> datetime:
    """The next full hour after `at` at which a digest leaves: every day, or on one day of the week (0 is Monday).

    A day has exactly one: in the night in which that hour comes twice it is the first, and where it is left out the moment
    at which the clock is turned over it. A day that a country leaves out has none.
    """
    day = at.astimezone(zone).date() - _DAY
    while True:
        day += _DAY
        if weekday is not None and day.weekday() != weekday:
            continue
        slot = _first_at(datetime.combine(day, time(hour), zone))
        if slot > at and slot.astimezone(zone).date() == day:
            return slot


def _first_at(wall: datetime) -> datetime:
    """The first instant at which the clock shows this or more."""
    instant = wall.astimezone(UTC)
    if instant.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    zone = wall.tzinfo
    assert isinstance(zone, ZoneInfo)
    early = wall.replace(fold=1).astimezone(UTC)  # as if it had been turned already
    return next((turn for turn in _turns(zone, early) if turn <= instant), instant)
