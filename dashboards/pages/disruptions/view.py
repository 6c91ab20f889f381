"""One disruption: whom it hits, who was told, and its end."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import day_and_time, moment
from dashboards.components.panels import panel
from dashboards.components.tables import Column, page_of, pager, row_link, table
from dashboards.page import Query
from dashboards.pages.disruptions.listing import may_write, state_badge
from dashboards.pages.initiatives.view import reach_words
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.disruptions import AffectedAccount, DisruptionLine, get_disruption, list_affected
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import DisruptionState

Component = Any
SIZE = 40
_LIVE = (DisruptionState.PLANNED, DisruptionState.ACTIVE, DisruptionState.OVER)


def title(viewer: Viewer, query: Query) -> str:
    """What happened."""
    return get_disruption(query.ids["id"], viewer).title


def body(viewer: Viewer, query: Query) -> Component:
    """Facts and what can be done; the accounts."""
    line = get_disruption(query.ids["id"], viewer)
    left = [_facts(line, viewer), _next(line) if may_write(viewer) and line.state in _LIVE else None]
    columns = [html.Div(left, className="cl-stack"), _accounts(line, viewer, query)]
    return html.Div(columns, className="cl-columns")


def _facts(line: DisruptionLine, viewer: Viewer) -> Component:
    facts = [
        (_("State"), state_badge(line.state.value)),
        (_("From"), day_and_time(line.starts_at, viewer)),
        (_("Until"), day_and_time(line.ends_at, viewer) if line.ends_at else _("nobody knows yet")),
        (_("Selling"), _held(line)),
        (_("Whom"), reach_words(Reach.from_document(line.reach))),
        (_("What we tell customers"), line.message),
    ]
    shown = html.Dl([part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="cl-facts")
    told = [link_button(_("Who is told"), f"/app/follow-ups/{line.batch_id}", primary=True)] if line.batch_id else []
    return panel(_("What happened"), shown, actions=told)


def _held(line: DisruptionLine) -> str:
    if not line.holds_sales or line.state is DisruptionState.WITHDRAWN:
        return _("goes on")
    return {
        DisruptionState.PLANNED: _("is held from its start"),
        DisruptionState.ACTIVE: _("is held"),
        DisruptionState.OVER: _("is held at those who have not been told"),
    }.get(line.state, _("goes on"))


def _next(line: DisruptionLine) -> Component:
    note = dmc.TextInput(id="disruption-note", label=_("Why, if it was entered by mistake"), size="sm")
    withdraw = button(_("Withdraw it"), {"kind": "disruption-move", "to": "withdrawn", "disruption": line.id})
    end = None
    if line.state is DisruptionState.ACTIVE:
        end = button(
            _("It is over"), {"kind": "disruption-move", "to": "over", "disruption": line.id}, primary=True, next_step=True
        )
    hint = _("When it is over, the customers are listed to be told. Selling to each is held until then.")
    mistake = html.Details(
        [html.Summary(_("It was a mistake")), html.Div([note, withdraw], className="cl-stack")], className="cl-how"
    )
    return panel(_("Next"), [end, mistake], note=hint if end else None)


def _accounts(line: DisruptionLine, viewer: Viewer, query: Query) -> Component:
    found = list_affected(line.id, viewer)
    page = page_of(query, total=len(found), size=SIZE)
    columns: list[Column[AffectedAccount]] = [
        Column(_("Account"), lambda one: row_link(one.account, f"/app/accounts/{one.account_id}"), main=True),
        Column(_("Region"), lambda one: one.region or "–"),
        Column(_("Account manager"), lambda one: one.owner or _("nobody")),
    ]
    if line.state in (DisruptionState.OVER, DisruptionState.FOLLOWED_UP):
        columns.append(Column(_("Told"), lambda one: moment(one.followed_up_at, viewer) if one.followed_up_at else _("not yet")))
    note = ngettext("%(num)s account", "%(num)s accounts", len(found))
    shown = table(columns, found[(page - 1) * SIZE : page * SIZE], caption=_("Accounts"))
    return panel(_("Whom it hits"), [shown, pager(query, total=len(found), size=SIZE)], note=note)
