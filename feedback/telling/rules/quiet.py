"""Quiet hours and the times of digests, on the clock of somebody's wall."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LOOK = 50  # hours: a quiet time is shorter than a day, however the clocks are turned meanwhile


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one time of the day until another, the next morning if that is earlier. The end itself is not quiet."""

    start: time
    end: time

    def holds(self, local: time) -> bool:
        """Whether it is quiet when the clock shows this."""
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


def quiet_until(quiet: Quiet | None, zone: ZoneInfo, at: datetime) -> datetime | None:
    """When the quiet in which `at` lies ends; None if it is not quiet then.

    What counts is what the clock on the wall shows. It can leave the quiet hours in two ways: it reaches their end, or it is
    turned over it.
    """
    if quiet is None or not _is_quiet(quiet, zone, at):
        return None
    ends = (*_instants_of(quiet.end, zone, at), *_turns(zone, at))
    return min(end for end in ends if end > at and not _is_quiet(quiet, zone, end))


def _is_quiet(quiet: Quiet, zone: ZoneInfo, at: datetime) -> bool:
    return quiet.holds(at.astimezone(zone).time())


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
