"""Who is silent, and what to do next about each of them."""

from typing import Any
from urllib.parse import urlencode

from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import money_text, number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from dashboards.pages.interview.address import call_address, list_address, may_call
from dashboards.viewport import is_phone
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.exchange import current_exchange
from feedback.reporting.coverage import Coverage, SilentPerson
from feedback.reporting.defect_board import EVERY_SURVEY

Component = Any
PAGE_SIZE, PHONE_SIZE = 25, 10


def silent_panel(found: Coverage, query: Query, viewer: Viewer) -> Component:
    """People who were not heard, those of the largest customers first."""
    name = _("Not heard yet, by the revenue at stake")
    if not found.silent:
        return panel(name, empty_state(_("Everybody known here was heard in this period.")))
    size = PHONE_SIZE if is_phone() else PAGE_SIZE
    total = len(found.silent)
    page = page_of(query, total=total, size=size)
    shown = found.silent[(page - 1) * size : page * size]
    currency = current_exchange().currency
    columns: list[Column[SilentPerson]] = [
        Column(_("Person"), _person, main=True),
        Column(_("Revenue"), lambda line: money_text(line.revenue, currency), right=True),
        Column(_("Silence"), lambda line: _silence(line, viewer)),
        Column(_("Account manager"), lambda line: line.owner or _("nobody"), wide=True),
        Column(_("Next"), lambda line: next_step(line, viewer)),
    ]
    note = ngettext(
        "%(count)s person was not heard, asked or not",
        "%(count)s people were not heard, asked or not",
        found.silent_people,
        count=number(found.silent_people),
    )
    if total < found.silent_people:
        note += " · " + _("the first %(shown)s are listed", shown=total)
    plan = link_button(_("Plan a wave for them"), _wave(query)) if _may(viewer, "survey.write") else None
    call = link_button(_("Call the silent"), _calls(query)) if may_call(viewer) else None
    content = [table(columns, shown, caption=name), pager(query, total=total, size=size)]
    return panel(name, content, note=note, actions=[one for one in (call, plan) if one is not None])


def _may(viewer: Viewer, permission: str) -> bool:
    return scope_of(viewer, permission) is not Scope.NONE


def _wave(query: Query) -> str:
    chosen = {name: query.get(name) for name in ("segment", "region", "survey") if query.get(name)}
    return "/app/waves/new" + (f"?{urlencode(chosen)}" if chosen else "")


def _calls(query: Query) -> str:
    chosen = query.get("survey")
    return list_address(survey=None if chosen == EVERY_SURVEY else chosen, wave=query.get("wave"), owner=query.get("owner"))


def _person(line: SilentPerson) -> Component:
    role = _("role not said") if line.role == "unknown" else words.word(words.roles, line.role)
    account = row_link(line.account, f"/app/accounts/{line.account_id}")
    who = html.Div([html.Strong(line.name), html.Span(role, className="cl-badge")], className="cl-under")
    return html.Div([who, html.Div(account, className="cl-note")])


def _silence(line: SilentPerson, viewer: Viewer) -> Component:
    if line.bounced:
        return html.Span(_("the mail came back") if line.dead else _("the mail was refused"))
    if line.asked_at is None:
        return html.Span(_("not asked") if line.has_address else _("not asked: no address"), className="cl-note")
    reminded = ngettext("%(num)s reminder", "%(num)s reminders", line.reminders) if line.reminders else _("no reminder")
    return html.Div([html.Span([_("asked"), " ", moment(line.asked_at, viewer)]), html.Div(reminded, className="cl-note")])


def next_step(line: SilentPerson, viewer: Viewer) -> Component:
    """The one thing that would end this silence."""
    if line.dead or not line.has_address:
        return dcc.Link(_("Find out the address"), href=f"/app/accounts/{line.account_id}?contact={line.contact_id}")
    if line.asked_at is None:
        return html.Span(_("Ask in the next wave"))
    if not may_call(viewer):
        return html.Span(_("Ask by phone"))
    return dcc.Link(_("Ask by phone"), href=call_address(line.account_id, line.contact_id))
