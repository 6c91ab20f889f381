"""What a column of a file may hold: parsers from text to a value, each with a message that says what was expected."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

Parser = Callable[[str], Any]
# a decimal comma with three zeros would be a thousand elsewhere; with one or two it can be nothing but a whole number
_WHOLE = re.compile(r"[0-9]{1,9}(?:\.0*)?|[0-9]{1,2},0{1,2}")
_NOON = time(12, tzinfo=UTC)
_HOURS = ("%H", "%I", "%X", "%c")
DAY_NUMBERS = "excel"  # the date format of a spreadsheet that lost its formats: days since 1899-12-30, the time as their fraction
_DAY_NUMBER = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """A column we know: its name, its parser, and whether each row must fill it.

    `free_text` keeps blanks at both ends, which are cut everywhere else.
    """

    name: str
    parse: Parser | None = None
    required: bool = False
    free_text: bool = False


def limited(limit: int) -> Parser:
    """Text of at most `limit` characters."""

    def parse(text: str) -> str:
        if len(text) > limit:
            raise ValueError(f"must have at most {limit:,} characters, not {len(text):,}")
        return text

    return parse


# as long as the API takes them: what a file brings can then be named and changed there
name_text, long_text = limited(255), limited(10_000)


def score(text: str) -> int:
    """`4`, `4.0`, `4,0`: a whole number 0–10."""
    value = _whole(text)
    if value is None or value > 10:
        raise ValueError("must be a whole number from 0 to 10")
    return value


@lru_cache(1024)
def _whole(text: str) -> int | None:
    return int(text.replace(",", ".").partition(".")[0]) if _WHOLE.fullmatch(text) else None


def number(text: str) -> float:
    """A decimal number with a point; no thousands separators, which mean different things in different places."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise ValueError("must be a number such as 1234.50, without thousands separators")
    return value


def positive(text: str) -> float:
    """A number above zero."""
    value = number(text)
    if value <= 0:
        raise ValueError("must be more than 0")
    return value


def not_negative(text: str) -> float:
    """Zero or a number above."""
    value = number(text)
    if value < 0:
        raise ValueError("must not be negative")
    return value


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = number(text)
    if not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return value


def month(text: str) -> date:
    """`2024-05`, or any ISO date in that month: its first day."""
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text[:10]).replace(day=1)
    except ValueError as error:
        raise ValueError("must be a month such as 2024-05") from error


def codes(text: str) -> tuple[str, ...]:
    """Codes separated by ';'."""
    return tuple(code for code in (part.strip() for part in text.split(";")) if code)


def one_of(kind: type[StrEnum]) -> Parser:
    """A value of an enum, in any case and with blanks or hyphens for underscores."""
    known = {member.value.casefold(): member for member in kind}

    def parse(text: str) -> StrEnum:
        found = known.get(text.casefold().replace(" ", "_").replace("-", "_"))
        if found is None:
            raise ValueError(f"must be one of {', '.join(member.value for member in kind)}")
        return found

    return parse


def time_zone(text: str) -> str:
    """An IANA time zone."""
    if text not in _time_zones():
        raise ValueError("must be an IANA time zone such as Europe/Madrid")
    return text


@lru_cache(1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


# what the list of places has beside ISO 3166-1; XK (Kosovo) is no code of the standard, but the one that everybody uses
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
_NO_CURRENCIES = frozenset({"XXX", "CNH"})  # none at all; a name for yuan outside China that is not in the standard
_OLDEST_MONEY = date(2000, 1, 1)  # spend of earlier years may be in a currency that is gone


def country(text: str) -> str:
    """A country by its two letters (ISO 3166-1 alpha-2), in upper case."""
    code = text.strip().upper()
    if code not in _countries():
        raise ValueError("must be a country as two letters of ISO 3166-1, such as DE, ES or GB")
    return code


def currency(text: str) -> str:
    """A currency by its three letters (ISO 4217), in upper case."""
    code = text.strip().upper()
    if code not in _currencies():
        raise ValueError("must be a currency code of three letters, such as EUR (ISO 4217)")
    return code


@lru_cache(1)
def _countries() -> frozenset[str]:
    from babel import Locale

    places = map(str, Locale("en").territories)  # regions of the world are among them, by three digits
    return frozenset(code for code in places if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


@lru_cache(1)
def _currencies() -> frozenset[str]:
    from babel.numbers import get_territory_currencies

    def used_in(place: str) -> list[str]:
        return get_territory_currencies(place, start_date=_OLDEST_MONEY, end_date=date.max, non_tender=True)

    return frozenset(code for place in _countries() for code in used_in(place)) - _NO_CURRENCIES


def email(text: str) -> str:
    """Something that can be an address; whether it works, only sending tells."""
    name, at, domain = text.rpartition("@")
    if not (name and at and "." in domain) or any(letter.isspace() for letter in text):
        raise ValueError("must be an e-mail address")
    return name_text(text)


def instant(date_format: str | None) -> Parser:
    """ISO 8601, or `date_format`; without a zone it is UTC, a date alone is noon UTC. Dates repeat, so answers are kept."""

    @lru_cache(50_000)
    def parse(text: str) -> datetime:
        if date_format:
            try:
                return _aware(_by_format(text, date_format))
            except ValueError:
                pass  # a date cell of a workbook, or --set, comes as ISO
        try:
            if ":" not in text and "T" not in text:
                return datetime.combine(date.fromisoformat(text), _NOON)
            return _aware(datetime.fromisoformat(text))
        except (ValueError, OverflowError) as error:
            expected = (
                f"like {date_format}, or ISO 8601" if date_format else "ISO 8601 such as 2024-01-05 or 2024-01-05T09:30:00Z"
            )
            if _DAY_NUMBER.fullmatch(text):
                expected += f"; if it is the day number of a spreadsheet, add --date-format {DAY_NUMBERS}"
            raise ValueError(f"must be a date {expected}") from error

    return parse


def check_date_format(date_format: str) -> None:
    """Find out before the first row whether dates can be read like this.

    Raises:
        ValueError: they cannot; the message says what to do.
    """
    if date_format == DAY_NUMBERS:
        return
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    try:
        read = _by_format(sample.strftime(date_format), date_format)
    except ValueError:
        read = None
    if read is None or read.date() != sample.date():
        hint = "use %Y or %y for the year, %m for the month, %d for the day, %H, %M and %S for the time, such as '%m/%d/%y'"
        raise ValueError(f"'{date_format}' does not say year, month and day of a date: {hint}.")


def day(date_format: str | None) -> Parser:
    """A date; the time of day is cut."""
    parse_instant = instant(date_format)

    def parse(text: str) -> date:
        return parse_instant(text).date()

    return parse


def _by_format(text: str, date_format: str) -> datetime:
    if date_format == DAY_NUMBERS:
        return _by_day_number(text)
    value = datetime.strptime(text, date_format)  # noqa: DTZ007  _aware adds the zone
    return value if any(part in date_format for part in _HOURS) else value.replace(hour=12)


def _by_day_number(text: str) -> datetime:
    if not _DAY_NUMBER.fullmatch(text):
        raise ValueError("no day number of five digits")
    at = _DAY_ZERO + timedelta(seconds=round(float(text) * 86_400))  # fractions of a day are exact to the second only
    return at if "." in text and at.time() != time() else at.replace(hour=12)


def _aware(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
