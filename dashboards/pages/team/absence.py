"""What somebody who is away leaves open, and handing it over in one step."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import button, link_button
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from dashboards.pages.team.view import absence_words, issue_lines
from feedback.access.rules import Viewer
from feedback.reporting.team_board import AbsenceBoard, absence_board

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What does %(name)s leave open?", name=absence_board(viewer, query.ids["id"]).absence.person)


def body(viewer: Viewer, query: Query) -> Component:
    """The days, the button, the issues."""
    board = absence_board(viewer, query.ids["id"])
    back = html.Div(link_button(_("Back to the team"), "/app/team"), className="cl-back")
    return html.Div([back, _hand_over(viewer, board), _issues(viewer, board)], className="cl-stack")


def _hand_over(viewer: Viewer, board: AbsenceBoard) -> Component:
    name = _("Hand over")
    days = absence_words(board.absence, viewer)
    if not board.issues:
        return panel(name, [days, empty_state(_("Nothing is open with this person."))])
    people = [{"value": str(user_id), "label": who} for user_id, who in board.colleagues]
    deputy = str(board.absence.deputy_id) if board.absence.deputy_id else None
    verb = ngettext("Hand over %(num)s issue", "Hand over all %(num)s issues", len(board.issues))
    form = [
        dmc.Select(
            id={"kind": "handover-field", "name": "to"},
            label=_("Who gets them"),
            data=people,
            value=deputy,
            searchable=True,
            size="sm",
            w=260,
        ),
        dmc.Textarea(
            id={"kind": "handover-field", "name": "note"},
            label=_("What they have to know"),
            autosize=True,
            minRows=2,
            maxRows=8,
            size="sm",
        ),
        html.Div(button(verb, "handover-do", primary=True, next_step=True)),
        dcc.Store(id="handover-absence", data=board.absence.id),
    ]
    note = _("Both are told. No rule changes the owner afterwards. Single issues are handed over on their own pages.")
    return panel(name, [days, html.Div(form, className="cl-form")], note=note)


def _issues(viewer: Viewer, board: AbsenceBoard) -> Component:
    if not board.issues:
        return html.Div()
    return panel(_("Open issues"), issue_lines(viewer, board.issues, len(board.issues), seen=board.seen))
