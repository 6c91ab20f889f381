"""Why a customer stands where they stand: the points of each fact, in words."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components import outer_words, words
from dashboards.components.numbers import money, number
from feedback.accounts.exchange import current_exchange
from feedback.accounts.rules import ValueTier
from feedback.outer_loop.queries.batches import ItemLine
from feedback.outer_loop.rules import order

Component = Any


def urgency_words(item: ItemLine) -> str:
    """The sum and what it is made of, for the customer at hand."""
    points = " · ".join(_points(item))
    return _("Urgency %(urgency)s of 100 = %(points)s", urgency=number(item.urgency), points=points)


def urgency_cell(item: ItemLine) -> Component:
    """The number, and what it is made of on demand."""
    points = html.Ul([html.Li(line) for line in _points(item)], className="cl-lines")
    return html.Details([html.Summary(number(item.urgency)), points], className="cl-how")


def _points(item: ItemLine) -> list[str]:
    facts, of = item.facts, order.urgency_parts(**_arguments(item))
    score = facts.get("score")
    said = _("score %(score)s", score=score) if score is not None else words.word(words.bands, facts["band"])
    revenue, currency = facts.get("revenue"), current_exchange().currency
    named = [
        (of.tier, order.TIER_WEIGHT, _("value %(tier)s", tier=facts["tier"])),
        (of.band, order.BAND_WEIGHT, said),
        (
            of.revenue,
            order.REVENUE_WEIGHT,
            _("%(revenue)s a year", revenue=money(revenue, currency)) if revenue else _("revenue unknown"),
        ),
        (of.issue, order.ISSUE_WEIGHT, words.word(outer_words.openness, facts["issue"])),
    ]
    return [
        _("%(fact)s: %(points)s of %(most)s", points=number(round(points, 1)), most=number(most), fact=fact)
        for points, most, fact in named
    ]


def _arguments(item: ItemLine) -> dict[str, Any]:
    facts = item.facts
    return {
        "tier": ValueTier(facts["tier"]),
        "band": facts["band"],
        "annual_revenue": facts.get("revenue"),
        "issue": facts["issue"],
    }
