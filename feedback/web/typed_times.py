"""Times that people type into fields, on the clock of their own wall."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from feedback.kernel.errors import InvalidInput
from feedback.kernel.wall_clock import END_OF_DAY, SkippedTime, instant_at, is_on_edge


def instant_of(text: str | None, time_zone: str, *, field: str) -> datetime | None:
    """A time typed in a zone as an instant; None for an empty field. An hour that comes twice is taken for its first.

    Raises:
        InvalidInput: it is no time, or none that clocks show there on that day.
    """
    return _instant(_typed(text, field), time_zone, field) if text else None


def due_instant_of(text: str | None, time_zone: str, *, field: str) -> datetime | None:
    """When something is due that somebody typed: a day, or the midnight with which it begins, lasts until its end.

    A field for a date and a time says 00:00 where only a day was chosen, and nobody promises a thing for that first minute.

    Raises:
        InvalidInput: as of `instant_of`.
    """
    typed = _typed(text, field) if text else None
    if typed is not None and typed.tzinfo is None and typed.time() == time():
        typed = datetime.combine(typed.date(), END_OF_DAY)
    return _instant(typed, time_zone, field) if typed else None


def _typed(text: str, field: str) -> datetime:
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput({field: [_("Write a date and a time.")]}) from None
    if is_on_edge(typed):
        raise InvalidInput({field: [_("Write a date and a time.")]})
    return typed


def _instant(typed: datetime, time_zone: str, field: str) -> datetime:
    try:
        return typed.astimezone(UTC) if typed.tzinfo else instant_at(typed, ZoneInfo(time_zone))
    except SkippedTime as skipped:
        raise InvalidInput({field: [_skipped_words(typed, time_zone, skipped)]}) from None
    except OverflowError:
        raise InvalidInput({field: [_("Write a date and a time.")]}) from None


def _skipped_words(typed: datetime, time_zone: str, skipped: SkippedTime) -> str:
    return _(
        "That hour does not exist on %(day)s in %(zone)s: clocks go from %(leaves)s to %(reaches)s. Choose another.",
        day=format_date(typed.date(), "long", locale=get_locale() or "en"),
        zone=time_zone,
        leaves=f"{skipped.leaves:%-H:%M}",
        reaches=f"{skipped.reaches:%-H:%M}",
    )
