"""Numbers and moments as people of the request's language write them: also inside sentences."""

from datetime import datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_percent
from flask_babel import format_decimal, get_locale, to_user_timezone

_MINUS = "−"


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


def day_and_time(at: datetime) -> str:
    """A moment to the minute, where the viewer is."""
    local, locale = to_user_timezone(at), get_locale() or "en"
    day, time = format_date(local.date(), "medium", locale=locale), format_time(local.timetz(), "short", locale=locale)
    return str(get_datetime_format("medium", locale=locale)).replace("{1}", day).replace("{0}", time)
