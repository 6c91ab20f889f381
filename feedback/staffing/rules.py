"""When somebody is away, who stands in, and who speaks what: no clock, no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_DAYS = 366
MAX_CAPACITY = 10_000


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is not there before `until`."""

    until: datetime
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True)
class Working:
    """What is known about a person who can get issues."""

    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    capacity: int | None = None
    away: Away | None = None


UNKNOWN = Working()


def span_of(first_day: date, last_day: date, time_zone: str) -> tuple[datetime, datetime]:
    """The instants at which whole days begin and end for somebody who lives by this zone."""
    zone = ZoneInfo(time_zone)
    return datetime.combine(first_day, time(), zone), datetime.combine(last_day + timedelta(days=1), time(), zone)


def primary(language: str) -> str:
    """`pt-BR` and `PT` are both Portuguese."""
    return language.replace("_", "-").partition("-")[0].strip().casefold()


def spoken(languages: Iterable[str]) -> frozenset[str]:
    """A list of language tags as what people speak."""
    return frozenset(tag for tag in map(primary, languages) if tag)


def stand_in(person: int, people: Mapping[int, Working]) -> int | None:
    """Who does the work of somebody who is away: the deputy, or the deputy's deputy; None when that leads to nobody.

    Args:
        people: those who work here, with their absences of this moment.
    """
    seen: set[int] = set()
    while person in people and person not in seen:
        away = people[person].away
        if away is None:
            return person
        seen.add(person)
        if away.deputy_id is None:
            return None
        person = away.deputy_id
    return None


@dataclass(frozen=True, slots=True)
class Leave:
    """Days on which somebody is away, and who stands in."""

    user_id: int
    deputy_id: int | None
    starts_at: datetime
    ends_at: datetime


def circle_with(leave: Leave, others: Iterable[Leave]) -> list[Leave]:
    """Absences, this one first, whose deputies stand in for each other in a circle at some moment: then nobody is there.

    Empty where there is none. A chain that ends with somebody who is there, or with nobody at all, is no circle.
    """
    known = list(others)

    def follow(path: list[Leave], since: datetime, until: datetime) -> list[Leave]:
        if path[-1].deputy_id == leave.user_id:
            return path
        for one in known:
            start, end = max(since, one.starts_at), min(until, one.ends_at)
            if one.user_id == path[-1].deputy_id and one not in path and start < end:
                found = follow([*path, one], start, end)
                if found:
                    return found
        return []

    return follow([leave], leave.starts_at, leave.ends_at) if leave.deputy_id != leave.user_id else []
