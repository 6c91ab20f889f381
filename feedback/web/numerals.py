"""Numbers and moments as people of the request's language write them: also inside sentences."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_percent
from flask_babel import format_decimal, format_timedelta, get_locale, to_user_timezone

_MINUS = "−"
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")


def number(value: float, digits: int = 0) -> str:
    """A number by locale, with a true minus sign."""
    text = str(format_decimal(round(value, digits) + 0.0, format="#,##0" if not digits else "#,##0." + "0" * digits))
    return text.replace("-", _MINUS)


def percent(share: float, digits: int = 0) -> str:
    """A share 0…1: 20% in English, 20 % in Spanish and Russian."""
    return _percent(round(share, digits + 2) + 0.0, digits, str(get_locale() or "en")).replace("-", _MINUS)


@lru_cache(maxsize=4096)
def _percent(share: float, digits: int, locale: str) -> str:
    pattern = str(Locale.parse(locale).percent_formats[None].pattern)
    if digits:
        pattern = pattern.replace("##0", "##0." + "0" * digits)
    return str(format_percent(share, pattern, locale=locale))


def one_stop(text: str) -> str:
    """A date or a name that ends with a stop ("6 окт. 2026 г.") ends its sentence as well."""
    return _TWO_STOPS.sub(".", text) if ".." in text else text


def day(at: date) -> str:
    """A day with its year, as it stands in a sentence."""
    return _day(at, str(get_locale() or "en"))


@lru_cache(maxsize=4096)
def _day(at: date, locale: str) -> str:
    return str(format_date(at, "medium", locale=locale))


def day_of(at: datetime) -> str:
    """The day of a moment where the viewer is."""
    return day(to_user_timezone(at).date())


def day_and_time(at: datetime) -> str:
    """A moment to the minute, where the viewer is."""
    local, locale = to_user_timezone(at), get_locale() or "en"
    time = format_time(local.timetz(), "short", locale=locale)
    return str(get_datetime_format("medium", locale=locale)).replace("{1}", day(local.date())).replace("{0}", time)


def time_span(length: timedelta) -> str:
    """A short time in its greatest unit, a minute at least."""
    return str(format_timedelta(max(length, timedelta(minutes=1)), threshold=1))
