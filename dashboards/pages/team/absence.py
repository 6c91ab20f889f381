"""What somebody who is away leaves open, and handing it over in one step."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.panels import empty_state, panel
from dashboards.page import Query
from dashboards.pages.issues.giving import receiver_groups
from dashboards.pages.issues.phrases import nameless
from dashboards.pages.team.view import absence_words, issue_lines
from feedback.access.rules import Viewer
from feedback.reporting.issue_board import QueueLine
from feedback.reporting.team_board import AbsenceBoard, absence_board, language_names
from feedback.staffing.rules import primary

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
    deputy = str(board.absence.deputy_id) if board.absence.deputy_id else None
    form = [
        dmc.MultiSelect(
            id={"kind": "handover-field", "name": "issues"},
            label=_("Which issues"),
            placeholder=_("All of them"),
            data=[{"value": str(line.id), "label": _issue_words(line, board)} for line in board.issues],
            searchable=True,
            clearable=True,
            size="sm",
            w="min(100%, 480px)",
        ),
        dmc.Select(
            id={"kind": "handover-field", "name": "to"},
            label=_("Who gets them"),
            data=receiver_groups(viewer, board.receivers, only_language(board)),
            value=deputy,
            searchable=True,
            size="sm",
            w="min(100%, 480px)",
        ),
        dmc.Textarea(
            id={"kind": "handover-field", "name": "note"},
            label=_("What they have to know"),
            autosize=True,
            minRows=2,
            maxRows=8,
            size="sm",
        ),
        html.Div(button(_("Hand over"), "handover-do", primary=True, next_step=True)),
        dcc.Store(id="handover-absence", data=board.absence.id),
    ]
    note = _(
        "All that are open, or those that you choose: then the others can go to somebody else. Both are told, and no rule changes"
        " the owner afterwards."
    )
    return panel(name, [days, html.Div(form, className="cl-form")], note=note)


def _issue_words(line: QueueLine, board: AbsenceBoard) -> str:
    parts = [_("#%(number)s %(account)s", number=line.number, account=line.account)]
    parts.append(line.about or nameless(line.source))
    parts += language_names([board.languages[line.id]]) if line.id in board.languages else []
    return " · ".join(parts)


def only_language(board: AbsenceBoard) -> str | None:
    """The language of all these customers, where it is one: only then can it be said of somebody that they do not speak it."""
    spoken = {primary(code) for code in board.languages.values()}
    return spoken.pop() if len(spoken) == 1 else None


def _issues(viewer: Viewer, board: AbsenceBoard) -> Component:
    if not board.issues:
        return html.Div()
    return panel(_("Open issues"), issue_lines(viewer, board.issues, len(board.issues), seen=board.seen))
