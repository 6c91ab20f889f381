"""Whole UTC months as numbers, so that windows are arithmetic: January of year 0 is 0."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

# the longest span first: a window is cut into as few stored spans as possible
SPANS = (12, 3, 1)


def month_index(instant: date | datetime) -> int:
    """Number of the UTC month that holds an instant; a datetime must be aware."""
    if isinstance(instant, datetime):
        if instant.tzinfo is None:
            raise ValueError(f"{instant!r} has no time zone")
        instant = instant.astimezone(UTC)
    return 12 * instant.year + instant.month - 1


def month_start(month: int) -> date:
    """First day of a numbered month."""
    return date(month // 12, month % 12 + 1, 1)


def month_label(month: int) -> str:
    """The month as `YYYY-MM`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def window(start: date | None, stop: date | None) -> tuple[int | None, int | None]:
    """First month and first month after a window; None is open.

    Raises:
        ValueError: a bound is not the first of a month, or nothing lies between them.
    """
    for bound in (start, stop):
        if bound is not None and bound.day != 1:
            raise ValueError(f"{bound} is not the first day of a month")
    first, after = (None if bound is None else month_index(bound) for bound in (start, stop))
    if first is not None and after is not None and first >= after:
        raise ValueError(f"no month lies between {start} and {stop}")
    return first, after


def spans_of(first: int, after: int) -> Iterator[tuple[int, int]]:
    """Cut the months [first, after) into calendar years, quarters and months: (length, first month) each."""
    while first < after:
        span = next(span for span in SPANS if first % span == 0 and first + span <= after)
        yield span, first
        first += span
