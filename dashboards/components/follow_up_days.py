"""The day of a follow-up in words, and the follow-ups of whoever reads, where they look for what is theirs to do."""

from datetime import date
from typing import Any

from babel.dates import format_skeleton
from dash import dcc, html
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from dashboards.components.attributes import attributes
from dashboards.components.moments import today
from dashboards.components.panels import panel
from dashboards.components.tables import Column, row_link, table
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.batches import BatchLine, list_due

Component = Any


def weekday_words(day: date, viewer: Viewer) -> str:
    """A day with its weekday; with the year only if it is another one."""
    skeleton = "MMMMEEEEd" if day.year == today(viewer).year else "yMMMMEEEEd"
    return str(format_skeleton(skeleton, day, locale=get_locale() or "en"))


def due_day(line: BatchLine, viewer: Viewer) -> Component:
    """By when everybody is told, and how late that is: red like every date that has passed."""
    if line.due_on is None or line.closed_at is not None:
        return html.Span("–", className="cl-note")
    day = _("due %(day)s", day=weekday_words(line.due_on, viewer))
    if not line.days_late:
        return html.Span(day)
    late = ngettext("%(num)s day late", "%(num)s days late", line.days_late)
    return html.Span(_("%(due)s; %(late)s", due=day, late=late), className="cl-overdue")


def left_words(line: BatchLine) -> str:
    """How many are still to be told."""
    return ngettext("%(num)s of %(total)s still to be told", "%(num)s of %(total)s still to be told", line.left, total=line.total)


def due_note(viewer: Viewer) -> Component | None:
    """The follow-ups of the reader's team as lines above a queue; nothing where there is none."""
    found = list_due(viewer)
    if not found:
        return None
    lines = [
        html.Li(
            [
                html.Div(
                    dcc.Link(line.title, href=f"/app/follow-ups/{line.id}")
                ),  # on a line of its own: told by more than its colour
                html.Div([left_words(line), " · ", due_day(line, viewer)]),
            ]
        )
        for line in found
    ]
    return html.Ul(lines, className="cl-lines cl-note", **attributes(aria_label=_("Customers to be told")))


def due_panel(viewer: Viewer) -> Component | None:
    """Follow-ups that the reader's team has to finish, the first due first; nothing where there is none."""
    found = list_due(viewer)
    if not found:
        return None
    name = _("Customers to be told")
    columns: list[Column[BatchLine]] = [
        Column(_("About"), lambda line: row_link(line.title, f"/app/follow-ups/{line.id}"), main=True),
        Column(_("Left"), left_words),
        Column(_("Due"), lambda line: due_day(line, viewer)),
    ]
    return panel(name, table(columns, found, caption=name))
