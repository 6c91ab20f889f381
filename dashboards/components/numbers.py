"""Numbers as people read them: by locale, with n, interval and period in the same place on every card."""

import math
from functools import lru_cache
from typing import Any

from babel.numbers import format_compact_currency, format_currency
from dash import html
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

Component = Any
_MINUS = "−"


def number(value: float, digits: int = 0) -> str:
    """A number by locale, with a true minus sign."""
    text = str(format_decimal(round(value, digits) + 0.0, format="#,##0" if not digits else "#,##0." + "0" * digits))
    return text.replace("-", _MINUS)


def percent(share: float, digits: int = 0) -> str:
    """A share 0…1 as percent, by locale."""
    return _("%(number)s %%", number=number(100 * share, digits))


def money(amount: float | None, currency: str) -> str:
    """An amount rounded by its size: €1.9M, €640K, €85."""
    if amount is None or not math.isfinite(amount):
        return "–"
    step = 100_000 if abs(amount) >= 1e6 else 1000 if abs(amount) >= 1000 else 1
    return _money(round(amount / step) * step, currency, str(get_locale() or "en"))


@lru_cache(maxsize=8192)  # a figure with two thousand dots formats few different amounts, again and again
def _money(amount: int, currency: str, locale: str) -> str:
    if abs(amount) >= 1000:
        digits = 1 if abs(amount) >= 1_000_000 else 0
        return str(format_compact_currency(amount, currency, locale=locale, fraction_digits=digits))
    return str(format_currency(amount, currency, "¤#,##0", locale=locale, currency_digits=False))


def exact_money(amount: float, currency: str) -> str:
    """An amount to the unit, for hovering."""
    return str(format_currency(amount, currency, "¤#,##0", locale=get_locale() or "en", currency_digits=False))


def money_text(amount: float | None, currency: str) -> Component:
    """An amount rounded by size, exact on hover."""
    if amount is None:
        return html.Span("–", className="cl-money")
    return html.Span(money(amount, currency), className="cl-money", title=exact_money(amount, currency))


def interval_card(
    label: str,
    value: float | None,
    *,
    low: float | None,
    high: float | None,
    n: int,
    period: str,
    digits: int = 0,
    unit: str = "",
) -> Component:
    """One number with its 95 % interval, its n and its period."""
    shown = "–" if value is None else number(value, digits) + unit
    if low is None or high is None:
        span = ""
    else:
        span = _("%(low)s…%(high)s (95 %%)", low=number(low, digits), high=number(high, digits))
    return html.Div(
        [
            html.Div(label, className="cl-card-label"),
            html.Div(shown, className="cl-card-value"),
            html.Div(span, className="cl-card-interval"),
            html.Div(_("n %(n)s · %(period)s", n=number(n), period=period), className="cl-note"),
        ],
        className="cl-card",
    )
