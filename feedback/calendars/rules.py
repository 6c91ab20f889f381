"""What a business calendar says, checked: weekly openings, zone, country and single days."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEFAULT_CODE = "default"
DEFAULT_NAME = "Office hours"
MAX_DAYS = 400
DAY_MINUTES = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")

Span = tuple[int, int]  # minutes after local midnight


@dataclass(frozen=True)
class CalendarSpec:
    """What the working time of a calendar depends on. Hashable, so that equal calendars share what was worked out."""

    time_zone: str
    openings: tuple[tuple[Span, ...], ...]  # Monday first
    country: str | None = None
    subdivision: str | None = None
    closed_days: frozenset[date] = frozenset()
    open_days: frozenset[date] = frozenset()  # worked although they are public holidays


OFFICE_HOURS: Mapping[str, Sequence[str]] = {weekday: ["09:00-18:00"] for weekday in WEEK[:5]}


def read_openings(said: Mapping[str, Sequence[str]]) -> tuple[tuple[Span, ...], ...]:
    """Openings per weekday, Monday first, from {"monday": ["09:00-13:00", "15:00-19:00"], …}.

    Raises:
        ValueError: with a sentence that says what is wrong.
    """
    unknown = [name for name in said if name not in WEEK]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no weekday; write {', '.join(WEEK)}.")
    week = tuple(_in_order([read_span(text) for text in said.get(weekday, ())], weekday) for weekday in WEEK)
    if not any(week):
        raise ValueError("A calendar needs at least one opening in the week.")
    return week


def read_span(text: str) -> Span:
    """Minutes after midnight from "09:00-18:00"; 24:00 is the end of the day.

    Raises:
        ValueError: it is no span of a day.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no opening; write it as 09:00-18:00.")
    hour, minute, until_hour, until_minute = map(int, found.groups())
    opens, closes = hour * 60 + minute, until_hour * 60 + until_minute
    if minute > 59 or until_minute > 59 or not opens < closes <= DAY_MINUTES:
        raise ValueError(f"{text!r} does not end after it begins on the same day; one over midnight is two openings.")
    return opens, closes


def _in_order(spans: Sequence[Span], weekday: str) -> tuple[Span, ...]:
    ordered = tuple(sorted(spans))
    for (_opens, closes), (later, _end) in pairwise(ordered):
        if later < closes:
            raise ValueError(f"Two openings of {weekday} overlap.")
    return ordered


def span_text(span: Span) -> str:
    """The way back: "09:00-18:00"."""
    (hour, minute), (until_hour, until_minute) = divmod(span[0], 60), divmod(span[1], 60)
    return f"{hour:02}:{minute:02}-{until_hour:02}:{until_minute:02}"


def week_texts(openings: Sequence[Sequence[Span]]) -> dict[str, list[str]]:
    """The openings as they are written, only the days that have any."""
    return {weekday: [span_text(span) for span in spans] for weekday, spans in zip(WEEK, openings, strict=True) if spans}


def hours_of_week(openings: Sequence[Sequence[Span]]) -> timedelta:
    """How long a week without holidays is."""
    return timedelta(minutes=sum(closes - opens for spans in openings for opens, closes in spans))
