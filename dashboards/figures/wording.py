"""Numbers and dates as the figures of this folder print them; a missing number is a dash."""

from datetime import date

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol
from flask_babel import get_locale
from flask_babel import gettext as _

from dashboards.components.numbers import money as _money
from dashboards.components.numbers import number, percent

DASH = "–"


def points(value: float | None, *, signed: bool = False) -> str:
    """NPS points with one decimal."""
    return DASH if value is None else _signed(value, 1, signed)


def whole(value: float | None, *, signed: bool = False) -> str:
    """A whole number with the locale's grouping."""
    return DASH if value is None else _signed(value, 0, signed)


def ratio(value: float | None) -> str:
    """A correlation with two decimals."""
    return DASH if value is None else number(value, 2)


def probability(value: float | None) -> str:
    """A q-value; very small ones are not printed as zero."""
    if value is None:
        return DASH
    return _("< %(least)s", least=number(0.001, 3)) if value < 0.001 else number(value, 3)


def share(value: float | None) -> str:
    """A share of 1 as a percentage; one decimal below ten per cent where it says something."""
    if value is None:
        return DASH
    return percent(value, 1 if 0 < value < 0.1 and abs(100 * value - round(100 * value)) > 0.04 else 0)


def money(value: float | None, currency: str) -> str:
    """An amount rounded by its size."""
    return _money(value, currency)


def interval(low: float | None, high: float | None, *, decimals: int = 0) -> str:
    """An interval such as 27…35."""
    return DASH if low is None or high is None else f"{number(low, decimals)}…{number(high, decimals)}"


def month(value: date) -> str:
    """A month such as 'May 2026'."""
    return str(format_date(value, format="LLL y", locale=get_locale() or "en"))


def period(first: date, last: date) -> str:
    """The months a figure covers; `last` is inclusive."""
    if (first.year, first.month) == (last.year, last.month):
        return month(first)
    return _("%(first)s to %(last)s", first=month(first), last=month(last))


def separators() -> str:
    """Plotly's decimal and thousands signs for this locale."""
    locale = get_locale() or "en"
    return f"{get_decimal_symbol(locale)}{get_group_symbol(locale)}"


def _signed(value: float, digits: int, signed: bool) -> str:
    plus = "+" if signed and round(value, digits) > 0 else ""
    return plus + number(value, digits)
