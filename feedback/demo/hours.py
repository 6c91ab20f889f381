"""When people of the demo do something: at a time of their own, on the clock of their wall."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

_BEGINS, _ENDS = time(9), time(18)
_SATURDAY = 5
_MINUTE = timedelta(minutes=1)


def working_moment(day: date, time_zone: str, key: str, *, after: datetime | None = None) -> datetime | None:
    """Some moment of a working day, after something else if need be; None if there is none. The same key has the same one."""
    if day.weekday() >= _SATURDAY:
        return None
    zone, random = ZoneInfo(time_zone), Random(f"hour:{key}:{day}")
    begins, ends = (datetime.combine(day, moment, zone).astimezone(UTC) for moment in (_BEGINS, _ENDS))
    at = begins + random.randrange(5, 510) * _MINUTE + random.randrange(60) * timedelta(seconds=1)
    if after is not None and at <= after:
        at = max(begins, after) + random.randrange(11, 150) * _MINUTE
    return at if at < ends else None


def waking_moment(day: date, key: str) -> datetime:
    """When a customer finds the time to answer, between breakfast and night."""
    return datetime.combine(day, time(7), UTC) + Random(f"hour:{key}:{day}").randrange(11 * 60) * _MINUTE
