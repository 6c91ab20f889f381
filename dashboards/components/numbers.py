"""Numbers as people read them: by locale, with n, interval and period in the same place on every card."""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from babel.numbers import format_compact_currency, format_currency
from dash import html
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from feedback.accounts.exchange import LeftOut
from feedback.web.numerals import number, percent

__all__ = ["LEVEL", "exact_money", "interval_card", "left_out_note", "money", "money_text", "moneys", "number", "percent"]
Component = Any
LEVEL = 0.95  # of every interval that is shown


def money(amount: float | None, currency: str) -> str:
    """An amount rounded by its size: €1.9M, €640K, €85."""
    return moneys([amount], currency)[0]


def moneys(amounts: Iterable[float | None], currency: str) -> list[str]:
    """Many amounts, as `money` writes them."""
    locale = str(get_locale() or "en")
    return [_rounded(amount, currency, locale) for amount in amounts]


def _rounded(amount: float | None, currency: str, locale: str) -> str:
    if amount is None or not math.isfinite(amount):
        return "–"
    step = 100_000 if abs(amount) >= 1e6 else 1000 if abs(amount) >= 1000 else 1
    return _money(round(amount / step) * step, currency, locale)


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
    missing: str = "",
    caution: str = "",
) -> Component:
    """One number with its 95 % interval, its n and its period.

    Args:
        missing: what stands in the place of a number that cannot be said, and why: a sentence.
        caution: what one has to know before one repeats the number: a sentence.
    """
    shown, name = (missing, "cl-card-missing") if value is None else (number(value), "cl-card-value")
    if low is None or high is None:
        span = ""
    else:
        span = _("%(low)s…%(high)s (%(level)s)", low=number(low), high=number(high), level=percent(LEVEL))
    return html.Div(
        [
            html.Div(label, className="cl-card-label"),
            html.Div(shown, className=name),
            html.Div(span, className="cl-card-interval"),
            html.Div(_("n %(n)s · %(period)s", n=number(n), period=period), className="cl-note"),
            html.Div(caution, className="cl-note") if caution else None,
        ],
        className="cl-card",
    )


def left_out_note(left_out: LeftOut) -> Component:
    """Whose revenue is in no sum of the page, and what to do about it; nothing where there is none."""
    if not left_out.accounts:
        return None
    text = ngettext(
        "Revenue leaves out %(count)s account in a currency without an exchange rate (%(currencies)s). "
        "Rates are set with %(setting)s.",
        "Revenue leaves out %(count)s accounts in currencies without an exchange rate (%(currencies)s). "
        "Rates are set with %(setting)s.",
        left_out.accounts,
        count=number(left_out.accounts),
        currencies=", ".join(left_out.currencies),
        setting="CLOSEDLOOP_EXCHANGE_RATES",
    )
    return html.P(text, className="cl-note")
