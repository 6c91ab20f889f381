"""Contracts that end soon, ranked by the weight of their issues; the same by site; and how the count is made."""

from typing import Any

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.filters import Filter
from dashboards.components.moments import day_words
from dashboards.components.numbers import money, number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.accounts.exchange import current_exchange
from feedback.reporting.renewal_risk import HORIZON_DAYS, RenewalLine, RenewalRisk, SiteLoad, renewal_risk

Component = Any
HORIZONS = (90, HORIZON_DAYS, 365)
ALL = "all"
SIZE = 25


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which renewals are at risk?")


def filters(viewer: Viewer) -> list[Filter]:
    """How far to look ahead, and one site."""
    spans = [(str(days), ngettext("%(num)s day", "%(num)s days", days)) for days in HORIZONS]
    horizon = Filter("days", _("Renewal in"), [*spans, (ALL, _("at any time"))], empty=str(HORIZON_DAYS))
    return [horizon, Filter("site", "", hidden=True)]


def body(viewer: Viewer, query: Query) -> Component:
    """The list and the sites."""
    days = None if query.get("days") == ALL else query.number("days", HORIZON_DAYS) or HORIZON_DAYS
    found = renewal_risk(viewer, days=days)
    parts = [_contracts(viewer, found, query)]
    if found.sites:
        parts.append(_sites(viewer, found, query))
    return html.Div(parts, className="cl-stack")


def formula() -> str:
    """How the weight is made, for people."""
    return _(
        "Weight of the issues of the last year: critical 6, major 3, minor 1; double until the customer says it is solved, and "
        "once more for each time a fix did not hold. It is a count, not a probability."
    )


def _contracts(viewer: Viewer, found: RenewalRisk, query: Query) -> Component:
    site = query.number("site", 0)
    lines = [line for line in found.lines if not site or line.site_id == site]
    name = _("Renewals, the most troubled first")
    back = [link_button(_("Show all sites"), query.link(site=None, page=None))] if site else []
    if not lines:
        hint = _("Contracts and their renewal dates come from a file (“closedloop import contracts”) or the API.")
        return panel(name, empty_state(_("Nothing is up for renewal here."), hint=hint), note=formula(), actions=back)
    page = page_of(query, total=len(lines), size=SIZE)
    shown = lines[(page - 1) * SIZE : page * SIZE]
    columns: list[Column[RenewalLine]] = [
        Column(_("Customer"), _customer, main=True),
        Column(_("Renewal"), lambda line: day_words(line.renewal_on, viewer)),
        Column(_("Worth a year"), _worth, right=True),
        Column(_("Weight"), lambda line: html.Strong(number(line.points)), right=True, side=True),
        Column(_("Why"), why),
    ]
    listed = table(columns, shown, caption=name)
    return panel(name, [listed, pager(query, total=len(lines), size=SIZE)], note=formula(), actions=back)


def _customer(line: RenewalLine) -> Component:
    about = " · ".join(part for part in (line.contract, line.site) if part)
    name = row_link(line.account, f"/app/accounts/{line.account_id}")
    return html.Div([name, html.Div(about, className="cl-note") if about else None])


def _worth(line: RenewalLine) -> Component:
    return money(line.value, line.currency or current_exchange().currency) if line.value is not None else "–"


def why(line: RenewalLine) -> Component:
    """Every reason in words."""
    texts = []
    for severity, count in line.open.items():
        kind = words.word(words.severities, severity)
        texts.append(ngettext("%(num)s open issue (%(kind)s)", "%(num)s open issues (%(kind)s)", count, kind=kind.lower()))
    reasons = (
        (line.overdue, ngettext("%(num)s overdue", "%(num)s overdue", line.overdue)),
        (line.reopened, ngettext("a fix did not hold %(num)s time", "a fix did not hold %(num)s times", line.reopened)),
        (line.harming, ngettext("%(num)s harms their customers", "%(num)s harm their customers", line.harming)),
        (
            line.unverified,
            ngettext("%(num)s closed without the customer's word", "%(num)s closed without the customer's word", line.unverified),
        ),
        (line.closed, ngettext("%(num)s closed in the last year", "%(num)s closed in the last year", line.closed)),
    )
    texts += [text for count, text in reasons if count]
    lines = [html.Div(" · ".join(texts) or _("No issue in the last year."))]
    if line.unplaced:
        text = ngettext(
            "%(num)s issue of this customer names none of its contracts; it does not count here.",
            "%(num)s issues of this customer name none of its contracts; they do not count here.",
            line.unplaced,
        )
        lines.append(html.Div(text, className="cl-note"))
    return html.Div(lines)


def _sites(viewer: Viewer, found: RenewalRisk, query: Query) -> Component:
    name = _("By site")
    columns: list[Column[SiteLoad]] = [
        Column(_("Site"), lambda load: _site(load, query), main=True),
        Column(_("Contracts"), lambda load: number(load.contracts), right=True),
        Column(_("Open issues"), lambda load: number(load.open), right=True),
        Column(_("Weight"), lambda load: html.Strong(number(load.points)), right=True, side=True),
        Column(_("Next renewal"), lambda load: day_words(load.next_renewal_on, viewer) if load.next_renewal_on else "–"),
    ]
    chosen = query.number("site", 0)
    note = _("All running contracts of a site and their issues, whenever they renew.")
    return panel(name, table(columns, found.sites, caption=name, selected=lambda load: load.id == chosen), note=note)


def _site(load: SiteLoad, query: Query) -> Component:
    return dcc.Link(load.name, href=query.link(site=load.id, page=None))
