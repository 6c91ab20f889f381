"""The day of a follow-up: by when, how late, how it was changed, and giving it another one."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.dates import from_today
from dashboards.components.follow_up_days import due_day, left_words, weekday_words
from dashboards.components.moments import moment
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.batches import BatchLine
from feedback.outer_loop.queries.due_days import DayChange, list_day_changes
from feedback.reporting.actors import names_of

Component = Any


def day_id(name: str) -> dict[str, str]:
    """Of a field about the day."""
    return {"kind": "follow-up-day", "name": name}


def day_section(line: BatchLine, viewer: Viewer, *, work: bool) -> list[Component]:
    """How many are left and by when; whoever tells them may change the day."""
    parts: list[Component] = []
    if line.closed_at is None:
        parts.append(html.Div([left_words(line), " · ", due_day(line, viewer)]))
    changes = list_day_changes(line.id)
    if changes:
        parts.append(_history(changes, viewer))
    if work and line.closed_at is None:
        parts.append(_form(viewer))
    return parts


def _history(changes: list[DayChange], viewer: Viewer) -> Component:
    names = names_of(change.actor for change in changes)
    lines = [
        html.Li([_said(change, names.get(change.actor, change.actor), viewer), " · ", moment(change.at, viewer)])
        for change in changes
    ]
    return html.Details([html.Summary(_("How the day was changed")), html.Ul(lines, className="cl-lines")], className="cl-how")


def _said(change: DayChange, who: str, viewer: Viewer) -> str:
    after = weekday_words(change.after, viewer)
    if change.before is None:
        return _("%(who)s set it to %(after)s: %(reason)s", who=who, after=after, reason=change.reason)
    before = weekday_words(change.before, viewer)
    return _(
        "%(who)s moved it from %(before)s to %(after)s: %(reason)s", who=who, before=before, after=after, reason=change.reason
    )


def _form(viewer: Viewer) -> Component:
    fields = [
        dmc.DateInput(id=day_id("due_on"), label=_("New day"), size="sm", **from_today(viewer)),
        dmc.TextInput(id=day_id("reason"), label=_("Why it changes"), size="sm"),
        button(_("Change the day"), "follow-up-day-save"),
    ]
    return html.Details([html.Summary(_("Change the day")), html.Div(fields, className="cl-stack")], className="cl-how")
