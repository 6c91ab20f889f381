"""What waits for the viewer's yes on top, then everything else."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import moment
from dashboards.components.numbers import exact_money
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.issues.work_sections import concession_state
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.issues.working.concessions import APPROVE, ConcessionLine, list_concessions
from feedback.issues.working.mistake_lines import MistakeFilter, MistakeLine, list_mistakes
from feedback.issues.working.rules import ConcessionState
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import Page

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    if scope_of(viewer, APPROVE) is Scope.NONE:
        return _("What may I give, and what waits for a yes?")
    return _("What waits for my yes?")


def body(viewer: Viewer, query: Query) -> Component:
    """Open ones first: somebody, and a customer, waits for them."""
    waiting = list_concessions(viewer, state=ConcessionState.REQUESTED, limit=200).items
    mine = [line for line in waiting if line.decidable]
    others = [line for line in waiting if not line.decidable]
    parts = [_to_decide(viewer, mine), _mistakes(viewer), _waiting(viewer, others), _decided(viewer, query)]
    return html.Div([part for part in parts if part is not None], className="cl-stack")


def _to_decide(viewer: Viewer, lines: Sequence[ConcessionLine]) -> Component:
    name = _("Waits for your yes")
    if not lines:
        if scope_of(viewer, APPROVE) is Scope.NONE:
            return None
        return panel(name, empty_state(_("No concession waits for you.")))
    return panel(name, html.Div([_card(viewer, line) for line in lines], className="cl-stack"))


def _mistakes(viewer: Viewer) -> Component:
    """Issues that somebody says are none; each is looked at before it is decided, on its page."""
    lines = list_mistakes(viewer, MistakeFilter(waiting=True), limit=200).items
    if not lines:
        return None
    name = _("Entered by mistake?")
    columns: list[Column[MistakeLine]] = [
        Column(_("Issue"), _mistaken, main=True),
        Column(_("Said by"), lambda line: line.claimed_by),
        Column(_("When"), lambda line: moment(line.claimed_at, viewer), side=True),
        Column("", _look, right=True),
    ]
    return panel(name, table(columns, lines, caption=name))


def _mistaken(line: MistakeLine) -> Component:
    name = _("#%(number)s %(account)s", number=line.number, account=line.account)
    return html.Div([row_link(name, f"/app/issues/{line.issue_id}"), html.Div(line.reason, className="cl-note")])


def _look(line: MistakeLine) -> Component:
    return link_button(_("Look and decide"), f"/app/issues/{line.issue_id}") if line.decidable else _("Waits for somebody else")


def _card(viewer: Viewer, line: ConcessionLine) -> Component:
    issue = dcc.Link(_("#%(number)s %(account)s", number=line.number, account=line.account), href=f"/app/issues/{line.issue_id}")
    asked = _("%(person)s asked: %(reason)s", person=line.requested_by, reason=line.reason)
    note_id = {"kind": "concession-note", "id": line.id}
    return html.Div(
        [
            html.P(
                [html.Strong(exact_money(line.amount, line.currency)), " · ", issue, " · ", moment(line.requested_at, viewer)]
            ),
            html.P(asked),
            dmc.TextInput(id=note_id, label=_("A word with it (a no needs one)"), size="sm"),
            html.Div(
                [
                    button(_("Approve"), {"kind": "concession", "act": "approve", "id": line.id}, primary=True),
                    button(_("Decline"), {"kind": "concession", "act": "decline", "id": line.id}),
                ],
                className="cl-chips",
            ),
            html.Div(id={"kind": "concession-refused", "id": line.id}, role="alert"),
        ],
        className="cl-next",
    )


def _waiting(viewer: Viewer, lines: Sequence[ConcessionLine]) -> Component:
    if not lines:
        return None
    name = _("Waits for somebody else")
    refused = html.Div([html.Div(id={"kind": "concession-refused", "id": line.id}, role="alert") for line in lines])
    return panel(name, [_table(viewer, lines, name), refused])


def _decided(viewer: Viewer, query: Query) -> Component:
    page = _page(viewer, query.get("cursor") or None)
    lines = [line for line in page.items if line.state is not ConcessionState.REQUESTED]
    name = _("Decided")
    if not lines:
        hint = _(
            "A concession is asked for on the page of an issue: nothing is given without one, and nobody approves their own."
        )
        return panel(name, empty_state(_("Nothing was decided yet."), hint=hint))
    more = link_button(_("Show the next ones"), query.link(cursor=page.next_cursor)) if page.next_cursor else None
    return panel(name, [_table(viewer, lines, name), html.Div(more, className="cl-pager") if more else None])


def _page(viewer: Viewer, cursor: str | None) -> Page[ConcessionLine]:
    try:
        return list_concessions(viewer, cursor=cursor)
    except InvalidInput:  # the place in the address is damaged: that is no reason to show nothing
        return list_concessions(viewer)


def _table(viewer: Viewer, lines: Sequence[ConcessionLine], name: str) -> Component:
    columns: list[Column[ConcessionLine]] = [
        Column(_("Issue"), _issue, main=True),
        Column(_("Amount"), lambda line: exact_money(line.amount, line.currency), right=True, side=True),
        Column(_("Asked by"), lambda line: line.requested_by),
        Column(_("State"), lambda line: _state(viewer, line)),
        Column("", lambda line: _take_back(viewer, line), right=True),
    ]
    return table(columns, lines, caption=name)


def _issue(line: ConcessionLine) -> Component:
    name = _("#%(number)s %(account)s", number=line.number, account=line.account)
    return html.Div([row_link(name, f"/app/issues/{line.issue_id}"), html.Div(line.reason, className="cl-note")])


def _state(viewer: Viewer, line: ConcessionLine) -> Component:
    shown = [concession_state(line), " ", moment(line.decided_at or line.requested_at, viewer)]
    return html.Div([html.Span(shown), html.Div(line.decision, className="cl-note") if line.decision else None])


def _take_back(viewer: Viewer, line: ConcessionLine) -> Component:
    if line.state is not ConcessionState.REQUESTED or line.requested_by_id != viewer.user_id:
        return None
    return button(_("Take it back"), {"kind": "concession", "act": "withdraw", "id": line.id})
