"""Correcting the words of a disruption that was declared, and what was said before."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import moment
from dashboards.components.panels import panel
from dashboards.pages.disruptions.form import words_fields
from feedback.access.rules import Viewer
from feedback.outer_loop.queries.disruptions import DisruptionLine
from feedback.reporting.outer_loop_board import Step, history_of, list_languages

Component = Any


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "disruption-words", "name": name}


def correcting(line: DisruptionLine, viewer: Viewer) -> Component:
    """The form, folded; what has left already stays as it was."""
    languages = list_languages(viewer)
    known = {
        "title": line.titles or {languages[0]: line.title},
        "message": line.messages or {languages[0]: line.message or ""},
    }
    note = _("Letters that have left stay as they were; those that wait are filled with the new words.")
    form = [
        html.Div(words_fields(languages, field_id, known), className="cl-stack"),
        html.P(note, className="cl-note"),
        html.Div(button(_("Save the words"), {"kind": "disruption-words-save", "disruption": line.id})),
        html.Div(id="disruption-words-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("Correct the words")), html.Div(form, className="cl-stack")], className="cl-how")


def words_history(line: DisruptionLine, viewer: Viewer) -> Component:
    """Who changed the words when, and what stood there before; nothing where nobody has."""
    steps = [step for step in history_of("disruption", line.id) if step.data.get("before")]
    if not steps:
        return None
    return panel(_("What was said before"), html.Ul([html.Li(_said(step, viewer)) for step in steps], className="cl-lines"))


def _said(step: Step, viewer: Viewer) -> list[Component]:
    head = html.Div([step.by or _("somebody"), " · ", moment(step.at, viewer)], className="cl-under")
    return [head, *(html.Div(text) for text in _texts(step.data["before"]))]


def _texts(before: Mapping[str, Any]) -> Sequence[str]:
    """The texts that were replaced, by language where there was one in each."""
    found: list[str] = []
    for one, each in (("title", "titles"), ("message", "messages")):
        found += list((before.get(each) or {}).values()) or [before[one]] if before.get(one) else []
    return found
