"""The figure for the board first, then the classes behind it, what is at stake, what came back, and who recommends us."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.numbers import LEVEL, money, number, percent
from dashboards.components.panels import empty_state, graph, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.figures.response_rates import GroupRate, response_rates
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.gate.rules import Advocacy
from feedback.issues.rules.recovery import Share
from feedback.reporting.economics.report import AccountValue, ClassLine, Economics, Value, economics
from feedback.reporting.economics.rules import FEWEST_ACCOUNTS, FEWEST_LOSSES, MARKET_RANGE, Spread
from feedback.web.numerals import day, one_stop

Component = Any
_LISTED = 10


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What is a promoter worth to us?")


def body(viewer: Viewer, query: Query) -> Component:
    """Nothing to say without customers of a year ago; else all of it."""
    found = economics()
    if not any(line.retention.n for line in found.lines):
        hint = _("It compares customers by how they felt a year ago: answers from then are needed, and what became of them.")
        return panel(_("Promoters beside detractors"), empty_state(_("No customer had answered a year ago."), hint=hint))
    parts = [_headline(found), _classes(found), *_values(found), _referrals(found), _conversion(found), _how(found)]
    return html.Div(parts, className="cl-stack")


def _headline(found: Economics) -> Component:
    name = _("A promoter beside a detractor")
    span = one_stop(_("Customers of %(start)s, and what became of them up to %(end)s.", **_days(found)))
    ratio = found.ratio
    if ratio is None:
        low, high = MARKET_RANGE
        value = _("%(low)s to %(high)s times", low=number(low), high=number(high))
        cards = [_card(_("Lifetime value, from the literature"), value, "", _("not measured here"))]
        texts = [html.P(text) for text in _why_not(found.lines)]
        return panel(name, [html.Div(cards, className="cl-cards"), *texts], note=span)
    interval = _("%(low)s…%(high)s (%(level)s)", low=number(ratio.low, 1), high=number(ratio.high, 1), level=percent(LEVEL))
    value = _("%(times)s times", times=number(ratio.ratio, 1))
    how = _("accounts resampled") if ratio.method == "bca" else _("normal interval of the logarithm")
    card = html.Div(_card(_("Lifetime value, from our own customers"), value, interval, how), className="cl-cards")
    said = _("This compares two groups. It is not what turning a detractor into a promoter would bring.")
    return panel(name, [card, html.P(said)], note=span)


def _days(found: Economics) -> dict[str, str]:
    return {"start": day(found.start), "end": day(found.end - timedelta(days=1))}


def _why_not(lines: Sequence[ClassLine]) -> list[str]:
    """What is missing for a figure of one's own."""
    rule = _(
        "A figure of our own needs %(accounts)s customers with known spend and %(losses)s who left, among promoters and among "
        "detractors.",
        accounts=FEWEST_ACCOUNTS,
        losses=FEWEST_LOSSES,
    )
    have = [
        _(
            "%(band)s: %(known)s with known spend, %(losses)s who left.",
            band=_band(line.band),
            known=number(line.known),
            losses=number(line.losses),
        )
        for line in lines
        if line.band is not Advocacy.PASSIVE and not line.enough
    ]
    if not have:
        return [_("Enough is known, and still no ratio can be formed: nobody stayed, or there was no money.")]
    missing = _("Import spend month by month, and close customers who leave, with the day (closed_date).")
    return [rule, *have, missing]


def _band(band: Advocacy) -> str:
    return words.word(words.bands, band)


def _card(label: str, value: str, span: str, note: str) -> Component:
    lines = [(label, "cl-card-label"), (value, "cl-card-value"), (span, "cl-card-interval"), (note, "cl-note")]
    return html.Div([html.Div(text, className=name) for text, name in lines if text], className="cl-card")


def _classes(found: Economics) -> Component:
    name = _("What became of them")
    currency, margin = found.assumptions.currency, found.assumptions.margin
    brings = _("Margin per year") if margin else _("Revenue per year")
    columns: list[Column[ClassLine]] = [
        Column(_("A year ago"), lambda line: _band(line.band), main=True),
        Column(_("How many"), lambda line: number(line.retention.n), right=True, side=True),
        Column(_("Stayed"), lambda line: share_words(line.retention), right=True),
        Column(_("Went away"), lambda line: number(line.losses), right=True),
        Column(brings, lambda line: _spread(line.money, currency), right=True),
        Column(_("Lifetime value"), lambda line: money(line.value, currency) if line.value else _("too few"), right=True),
    ]
    groups = [rate for line in found.lines if (rate := _rate(line)) is not None]
    chart = graph(response_rates(groups, None), label=_("Share of customers who stayed, by class"), height=40 + 30 * len(groups))
    left_out = ngettext(
        "%(num)s customer without a class then is left out.",
        "%(num)s customers without a class then are left out.",
        found.unclassified,
    )
    note = left_out
    if found.unknown_end:
        note += " " + ngettext(
            "%(num)s closed customer has no last day and is left out.",
            "%(num)s closed customers have no last day and are left out.",
            found.unknown_end,
        )
    return panel(name, [table(columns, found.lines, caption=name), chart], note=note)


def _rate(line: ClassLine) -> GroupRate | None:
    share, interval = line.retention.share, line.retention.interval
    if share is None or interval is None:
        return None
    return GroupRate(_band(line.band), share, *interval, hover=f"{_band(line.band)}: {share_words(line.retention)}")


def share_words(found: Share) -> str:
    """A share with its interval; a dash of nobody."""
    if found.share is None or found.interval is None:
        return "–"
    low, high = found.interval
    return f"{percent(found.share)} ({percent(low)}…{percent(high)})"


def _spread(found: Spread | None, currency: str) -> str:
    if found is None:
        return _("not known")
    low, high = max(0.0, found.low), found.high
    return f"{money(found.mean, currency)} ({money(low, currency)}…{money(high, currency)})"


def _values(found: Economics) -> list[Component]:
    stake, back = found.at_stake, found.recovered.value
    download = link_button(_("All as CSV"), "/api/v1/economics/at-stake/export")
    note = _("Estimate: what today's detractors would be worth more as promoters.") + " " + _left_out(stake)
    parts = _value(stake, found, _("No customer is a detractor today."))
    first = panel(_("Value at stake"), parts, note=note, actions=[download] if stake.accounts else ())
    upper = _("Estimate and upper bound: as if every one of them had come back for what we did.") + " " + _left_out(back)
    nobody = _("Nobody who was a detractor a year ago is a passive or promoter today.")
    second = panel(_("Value recovered"), [*_value(back, found, nobody), _claim(found)], note=upper)
    return [first, second]


def _left_out(value: Value) -> str:
    if not value.unknown:
        return ""
    return ngettext(
        "%(num)s customer whose spend nobody knows is left out.",
        "%(num)s customers whose spend nobody knows are left out.",
        value.unknown,
    )


def _value(value: Value, found: Economics, nobody: str) -> list[Component]:
    if not value.accounts:
        return [empty_state(nobody)]
    currency, worth = found.assumptions.currency, found.worth
    whose = _("with our own ratio") if worth.own else _("with the range of the literature")
    count = ngettext("%(num)s customer", "%(num)s customers", len(value.accounts))
    shown = f"{money(value.low, currency)}…{money(value.high, currency)}"
    columns: list[Column[AccountValue]] = [
        Column(_("Customer"), lambda one: row_link(one.name, f"/app/accounts/{one.id}"), main=True),
        Column(_("Spend per year"), lambda one: money(one.money, currency), right=True),
        Column(_("Lifetime value as a detractor"), lambda one: money(one.base, currency), right=True, side=True),
    ]
    listed = table(columns, value.accounts[:_LISTED], caption=_("The largest of them"))
    return [html.Div(_card(_("Lifetime value"), shown, whose, count), className="cl-cards"), listed]


def _claim(found: Economics) -> Component:
    claim, value = found.recovered.claim, found.recovered.value
    if not value.accounts:
        return None
    if claim is None:
        return html.P(_("Too few answered again, called or not, to say how much of it would have come back by itself."))
    if claim == 0:
        return html.P(_("No more came back after a call than without one, so far."))
    currency = found.assumptions.currency
    return html.P(
        _(
            "More came back after a call than without one: %(share)s of those who did lie beyond that share, which would be "
            "%(low)s to %(high)s. The two groups were not matched.",
            share=percent(claim),
            low=money(value.low * claim, currency),
            high=money(value.high * claim, currency),
        )
    )


def _referrals(found: Economics) -> Component:
    name, referrals = _("Customers won on a recommendation"), found.referrals
    if not referrals.won:
        hint = _("Say on a new customer who recommended us (referred_by) and since when it is one (customer_since).")
        return panel(name, empty_state(_("No recommendation is recorded for customers won in this year."), hint=hint))
    rows = [(band, referrals.by_class.get(band, 0)) for band in Advocacy]
    columns: list[Column[tuple[Advocacy, int]]] = [
        Column(_("Recommended by"), lambda row: _band(row[0]), main=True),
        Column(_("Customers won"), lambda row: number(row[1]), right=True, side=True),
    ]
    paid = _("They paid %(money)s in this year.", money=money(referrals.money, found.assumptions.currency))
    share = _("Promoters' part: %(share)s.", share=share_words(referrals.promoters))
    return panel(name, [table(columns, [row for row in rows if row[1]], caption=name), html.P(f"{paid} {share}")])


def _conversion(found: Economics) -> Component:
    name = _("Contacts that ended in a sale, by what the gate saw")
    if not any(share.n for share in found.conversion.values()):
        hint = _("They are counted where a call was logged on the customer's page after the gate was asked.")
        return panel(name, empty_state(_("No sales contact of the year has a decision behind it."), hint=hint))
    columns: list[Column[tuple[Advocacy, Share]]] = [
        Column(_("Then"), lambda row: _band(row[0]), main=True),
        Column(_("Contacts"), lambda row: number(row[1].n), right=True),
        Column(_("Sold"), lambda row: share_words(row[1]), right=True, side=True),
    ]
    return panel(name, table(columns, list(found.conversion.items()), caption=name))


def _how(found: Economics) -> Component:
    assumed = found.assumptions
    margin = (
        _("Margin: %(share)s of revenue is left (CLOSEDLOOP_GROSS_MARGIN).", share=percent(assumed.margin))
        if assumed.margin
        else _("No margin is set (CLOSEDLOOP_GROSS_MARGIN): all money is revenue.")
    )
    retention = (
        _("Detractors stay with %(share)s a year, as ours did.", share=percent(assumed.retention))
        if assumed.own_retention
        else _(
            "For detractors %(share)s a year is assumed (CLOSEDLOOP_ASSUMED_RETENTION): too few of ours are known.",
            share=percent(assumed.retention),
        )
    )
    rules = [
        _("The class is that of the first day of the year; what came after it is counted, never the same time."),
        _("Lifetime value = money of a year × retention / (1 + discount − retention)."),
        _("Later money counts %(share)s less each year (CLOSEDLOOP_DISCOUNT_RATE).", share=percent(assumed.discount)),
        margin,
        retention,
        _("A detractor counts once, a promoter as often as the ratio says, a passive half the way between."),
    ]
    listed = html.Ul([html.Li(rule) for rule in rules])
    return html.Details([html.Summary(_("How this is reckoned")), listed], className="cl-how")
