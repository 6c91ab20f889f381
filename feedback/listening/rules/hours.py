"""When survey mails may leave: on which days of the week, and between which times of the person's own zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST = 60  # minutes of a day: a wave needs some time to hand over its mails
WHOLE_DAY = 24 * 60
_TIME = re.compile(r"(\d{1,2})(?::(\d{2}))?\Z")
_SPAN = re.compile(r"\s*[-–]\s*")
_SHORT = 3  # letters of a day's name


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Days of the week (Monday is 0), and minutes after midnight: from `opens` on, before `closes` (1440: midnight)."""

    days: frozenset[int] = frozenset(range(5))
    opens: int = 9 * 60
    closes: int = 17 * 60

    @property
    def length(self) -> int:
        """Seconds of a working day."""
        return (self.closes - self.opens) * 60

    def is_working_day(self, day: date) -> bool:
        """Whether mails leave on it. Public holidays are not known."""
        return day.weekday() in self.days

    def window(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """From when until when on that day, in UTC. Empty where clocks jump over the hours: then both are the same moment."""
        midnight = datetime.combine(day, time(), zone)  # minutes are added on the wall clock: nine stays nine
        opens, closes = (midnight + timedelta(minutes=minutes) for minutes in (self.opens, self.closes))
        return opens.astimezone(UTC), closes.astimezone(UTC)

    def next_opening(self, at: datetime, zone: tzinfo, *, late: timedelta = timedelta()) -> datetime:
        """The moment itself (UTC) if it lies in the hours of a zone, or so `late` after them; else when they next begin."""
        at, day = at.astimezone(UTC), at.astimezone(zone).date() - timedelta(days=1)  # the day before may be late still
        while True:
            if self.is_working_day(day):
                opens, closes = self.window(day, zone)
                if at <= opens:
                    return opens
                if at < closes + late:
                    return at
            day += timedelta(days=1)


USUAL = WorkingHours()


@lru_cache
def read_hours(days: str, hours: str) -> WorkingHours:
    """From what the settings say: days as "mon-fri" or "sun-thu,sat", hours as "9-17" or "08:30-18:00".

    Raises:
        ValueError: with what to write instead.
    """
    return WorkingHours(read_days(days), *read_times(hours))


def read_days(text: str) -> frozenset[int]:
    """Days of the week, named singly or as spans, which may go over the weekend.

    Raises:
        ValueError: a name is no day, or there is none.
    """
    found: set[int] = set()
    for part in (part for part in text.strip().lower().split(",") if part.strip()):
        ends = [_day(name, text) for name in _SPAN.split(part.strip())]
        if len(ends) > 2:
            raise ValueError(_days_wanted(text))
        found.update((ends[0] + step) % 7 for step in range((ends[-1] - ends[0]) % 7 + 1))
    if not found:
        raise ValueError(_days_wanted(text))
    return frozenset(found)


def _day(name: str, text: str) -> int:
    found = [number for number, whole in enumerate(WEEK) if len(name) >= _SHORT and whole.startswith(name)]
    if not found:
        raise ValueError(_days_wanted(text))
    return found[0]


def _days_wanted(text: str) -> str:
    return f"Name the days on which mails leave, such as mon-fri, sun-thu or mon,wed,fri, not {text.strip()!r}."


def read_times(text: str) -> tuple[int, int]:
    """Minutes after midnight at which the hours begin and end.

    Raises:
        ValueError: they are no times of one day, or less than an hour apart.
    """
    minutes = [_minutes(part) for part in _SPAN.split(text.strip())]
    opens, closes = minutes if len(minutes) == 2 else (None, None)
    if opens is None or closes is None:
        raise ValueError(
            f"Write the hours in which mails leave as 9-17 or 08:30-18:00 (0-24: at any time), not {text.strip()!r}."
        )
    if closes - opens < SHORTEST:
        raise ValueError(
            f"The hours in which mails leave must end at least {SHORTEST} minutes after they begin, on the same day: "
            f"{text.strip()!r} does not."
        )
    return opens, closes


def _minutes(text: str) -> int | None:
    found = _TIME.match(text)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return hour * 60 + minute if minute < 60 and hour * 60 + minute <= WHOLE_DAY else None


def runs_of(days: frozenset[int]) -> Sequence[tuple[int, int]]:
    """Days of the week as spans (first, last), as people say them: Monday to Friday; Sunday to Thursday."""
    if len(days) == len(WEEK):
        return [(0, 6)]
    found = []
    for first in sorted(day for day in days if (day - 1) % 7 not in days):
        last = first
        while (last + 1) % 7 in days:
            last = (last + 1) % 7
        found.append((first, last))
    return found
