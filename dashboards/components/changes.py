"""By when something has to change before selling is right, in words that say what the date is of."""

from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.moments import day_words, due_time, exactly
from feedback.access.rules import Viewer
from feedback.gate.wording import Change
from feedback.kernel import clock

Component = Any


def change_due(change: Change, viewer: Viewer) -> Component:
    """The day of a fix with its name; of anything else when it is due."""
    if change.due is None or change.due_kind is None:
        return due_time(change.due, viewer)
    late = change.due < clock.now()
    text = _fix_words(day_words(change.due, viewer), planned=change.due_kind == "fix", late=late)
    name = "cl-due cl-overdue" if late else "cl-due"
    return html.Time(text, dateTime=change.due.isoformat(), title=exactly(change.due, viewer), className=name)


def _fix_words(day: str, *, planned: bool, late: bool) -> str:
    if planned:
        return _("fix overdue since %(day)s", day=day) if late else _("fix due %(day)s", day=day)
    return _("resolution overdue since %(day)s", day=day) if late else _("resolution due %(day)s", day=day)
