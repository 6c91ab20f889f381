"""When the waves of a program come round."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from feedback.surveys.rules import CADENCE_MONTHS, Cadence


@dataclass(frozen=True, slots=True)
class DueWave:
    """A wave that is to be drawn up: the date that brings it, its first day, and the date after it."""

    due_on: date
    starts_on: date
    next_on: date


def due_wave(cadence: Cadence, next_on: date | None, draft_days: int, today: date) -> DueWave | None:
    """The wave to draw up today, if any.

    Dates that passed while nobody drew waves up bring one wave, that of the newest of them, which then starts today: nobody is
    asked three times because a machine stood still.
    """
    months = CADENCE_MONTHS.get(cadence)
    if months is None or next_on is None or next_on - timedelta(days=draft_days) > today:
        return None
    due, number = next_on, 1
    while (following := add_months(next_on, months * number)) <= today:
        due, number = following, number + 1
    return DueWave(due, max(due, today), following)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day: 31 January and one month is the end of February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
