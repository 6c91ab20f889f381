"""The review pack as a page that prints well."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.buttons import link_button
from dashboards.components.moments import today
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account
from feedback.kernel.errors import NotFound
from feedback.planning.queries import plan_of_today, plans_of
from feedback.reporting.review_pack import Bar, Item, ReviewPack, Section, review_pack

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """What it is."""
    name = access_account(query.ids["id"], viewer=viewer, permission="plan.read").name
    return _("Review of %(account)s", account=name)


def body(viewer: Viewer, query: Query) -> Component:
    """The pack of the plan that the address names, else of the one that is worked by."""
    account = access_account(query.ids["id"], viewer=viewer, permission="plan.read")
    plans = plans_of(viewer, account.id)
    chosen = query.number("plan", 0)
    plan = next((one for one in plans if one.id == chosen), None) or plan_of_today(plans, today(viewer))
    back = link_button(_("Account plan"), f"/app/accounts/{account.id}/plan")
    if plan is None:
        return panel(_("Review pack"), empty_state(_("There is no plan for this customer."), action=back))
    if chosen and plan.id != chosen:
        raise NotFound
    pack = review_pack(plan.id, viewer)
    actions = [back, link_button(_("PDF"), f"/app/plans/{plan.id}/review.pdf", download=True), _print()]
    facts = html.P(f"{pack.facts} · {pack.made_on}", className="cl-about")
    head = html.Div([facts, html.Div(actions, className="cl-chips cl-not-printed")])
    return html.Article([head, *[_section(one) for one in pack.sections], _foot(pack)], className="cl-pack")


def _print() -> Component:
    # the program's own click handler prints: nothing is asked of the server
    return dmc.Button(_("Print"), id="print-page", variant="default", size="sm", **attributes(data_print="1"))


def _foot(pack: ReviewPack) -> Component:
    return html.P(f"{pack.account} · {pack.confidential}", className="cl-note")


def _section(section: Section) -> Component:
    shown: list[Component] = []
    if section.bars:
        shown = [_chart(section)]
    elif section.items:
        shown = [html.Ul([_item(one) for one in section.items], className="cl-lines")]
    else:
        shown = [html.P(section.empty)]
    return panel(section.title, shown, note=section.note or None)


def _item(item: Item) -> Component:
    sign = html.Span(f"{item.sign} ", **attributes(aria_hidden="true")) if item.sign else None
    said = {"✓": _("done"), "○": _("not yet")}.get(item.sign)
    hidden = html.Span(f" ({said})", className="cl-hidden") if said else None
    return html.Li([html.Div([sign, item.text, hidden]), html.Div(item.detail, className="cl-note") if item.detail else None])


def _chart(section: Section) -> Component:
    most = max((max(bar.value, bar.before or 0) for bar in section.bars), default=0) or 1
    rows = [_bar(bar, most) for bar in section.bars]
    caption = html.Caption(_("Dark: these months. Light: the same months a year before."), className="cl-note")
    return html.Table([caption, html.Tbody(rows)], className="cl-months")


def _bar(bar: Bar, most: float) -> Component:
    widths = [(bar.value, "cl-month-now"), (bar.before or 0, "cl-month-before")]
    bars = [html.Div(style={"width": f"{max(amount, 0) / most:.1%}"}, className=name) for amount, name in widths]
    return html.Tr(
        [html.Th(bar.label, scope="row"), html.Td(bars, className="cl-month-bars"), html.Td(bar.text, className="cl-note")]
    )
