"""What is due first in an issue, in words: which clock, or that it is a promise, and which, or the fix; and by when."""

from textwrap import shorten
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.moments import due_time
from dashboards.pages.issues.phrases import clock_words
from feedback.access.rules import Viewer
from feedback.issues.owing import DueFirst

Component = Any
BRIEF = 90  # characters of a promise in a list; the page of the issue has all of it


def due_line(viewer: Viewer, first: DueFirst) -> list[Component]:
    """What it is, and when: the parts of one line."""
    return [clock_words(first.what), " · ", due_time(first.at, viewer)]


def due_first(viewer: Viewer, first: DueFirst | None) -> list[Component]:
    """The same with what was promised, for a place that has room for both."""
    return ["–"] if first is None else [*due_line(viewer, first), promised(first)]


def promised(first: DueFirst | None) -> Component:
    """What was promised, where that is due first."""
    if first is None or first.promise is None:
        return None
    return html.Div(_("Promised: %(text)s", text=shorten(first.promise, BRIEF, placeholder=" …")), className="cl-note")
