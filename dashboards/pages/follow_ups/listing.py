"""The list of follow-ups."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.follow_up_days import due_day
from dashboards.components.moments import day_words
from dashboards.components.numbers import number
from dashboards.components.panels import empty_state, panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.batches import BatchLine, list_batches

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("Which customers wait to be told?")


def body(viewer: Viewer, query: Query) -> Component:
    """Open ones first."""
    name = _("Follow-ups")
    what = _("A follow-up is made when an initiative is delivered or a disruption is over.")
    found = sorted(list_batches(viewer), key=lambda line: (line.closed_at is not None, -line.id))
    if not found:
        return panel(name, empty_state(_("Nobody waits to be told anything."), hint=what))
    columns: list[Column[BatchLine]] = [
        Column(_("About"), _named, main=True),
        Column(_("Told"), lambda line: _("%(done)s of %(total)s", done=number(line.done), total=number(line.total)), right=True),
        Column(_("Who tells them"), lambda line: line.team or _("nobody named")),
        Column(_("Made"), lambda line: day_words(line.created_at, viewer)),
        Column(_("Due"), lambda line: due_day(line, viewer)),
        Column(_("State"), lambda line: _("closed") if line.closed_at else _("open")),
    ]
    return panel(name, table(columns, found, caption=name), note=what)


def _named(line: BatchLine) -> Component:
    kind = _("initiative delivered") if line.initiative_id else _("disruption over")
    return html.Div([row_link(line.title, f"/app/follow-ups/{line.id}"), html.Div(kind, className="cl-note")])
