"""Reasons of the screening as full sentences in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask_babel import format_date
from flask_babel import gettext as _

from feedback.web.numerals import percent


class PlayReason(NamedTuple):
    """One reason: its code and a sentence."""

    code: str
    text: str


def reasons(
    codes: Sequence[str], of_gate: Mapping[str, str], month: date | None, baseline: Mapping[str, Any] | None
) -> list[PlayReason]:
    """One sentence per code; those of the gate are said by its decision.

    Args:
        of_gate: the gate's sentences by code.
    """
    own = _own(month, baseline)
    return [PlayReason(code, own.get(code) or of_gate.get(code) or code) for code in codes]


def _own(month: date | None, baseline: Mapping[str, Any] | None) -> dict[str, str]:
    when = format_date(month, "LLLL y") if month is not None else _("the last month")
    return {
        "seasonal_decline": _("Spend falls in %(month)s every year: the season explains it.", month=when),
        "usual_range": _("Spend of %(month)s is lower, but not by more than it moves anyway.", month=when),
        "immaterial_decline": _("Spend of %(month)s fell, but by too little money to act on.", month=when),
        "no_decline": _("Our books show no fall of spend in %(month)s.", month=when),
        "calendar_shift": _("%(month)s had fewer working days than a year before, which explains the fall.", month=when),
        "peer_move": _("The whole industry bought less in %(month)s, not this customer alone.", month=when),
        "data_correction": _("The fall in %(month)s comes from credit notes or corrections, not from fewer orders.", month=when),
        "known_project_end": _("A project has ended, as was known: that is no loss to win back."),
        "seasonality_unknown": _(
            "There is too little history to tell a season from a loss. Does spend fall at this time every year?"
        ),
        "currency_unknown": _("Part of the spend is in a currency without a rate, so nobody can tell whether it fell."),
        "issue_open": _("A problem of this customer is open. Whoever works on it calls; nobody sells until it is solved."),
        "disruption_active": _("A disruption of ours affects this customer. Call about that, not to sell."),
        "disruption_not_followed_up": _("A disruption of ours is over, but nobody has told this customer. Do that first."),
        "ask_first": _("Nobody knows why spend fell. Somebody asks the customer, without selling."),
    }


def spend_words(month: date | None, baseline: Mapping[str, Any] | None) -> str | None:
    """What the chart shows, in a sentence; None where nothing could be forecast."""
    if month is None or baseline is None or baseline.get("expected") is None or baseline.get("shortfall") is None:
        return None
    missing = max(float(baseline["shortfall"]), 0.0)
    when = format_date(month, "LLLL y")
    if missing <= 0:
        return _("Spend of %(month)s was not below what is usual for that month.", month=when)
    return _("Spend of %(month)s was %(share)s below what is usual for that month.", month=when, share=percent(missing))
