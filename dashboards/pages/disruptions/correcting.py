"""Correcting the words of a disruption that was declared, and what was said before."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from flask_babel import gettext as _

from dashboards.components.buttons import button
from dashboards.components.moments import moment
from dashboards.components.panels import panel
from dashboards.pages.disruptions.form import DECLARED, words_fields
from feedback.access.rules import Viewer
from feedback.outer_loop.disruptions import WORDS
from feedback.outer_loop.queries.disruptions import DisruptionLine
from feedback.outer_loop.rules.states import DisruptionState
from feedback.reporting.outer_loop_board import Step, history_of, list_languages

Component = Any
LIVE = (DisruptionState.PLANNED, DisruptionState.ACTIVE)


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "disruption-words", "name": name}


def correcting(line: DisruptionLine, viewer: Viewer) -> Component:
    """The form, folded; what has left already stays as it was."""
    languages = list_languages(viewer)
    known = {
        "title": line.titles or {languages[0]: line.title},
        "message": line.messages or {languages[0]: line.message or ""},
        "outcome": line.outcomes or {languages[0]: line.outcome or ""},
    }
    names = DECLARED if line.state in LIVE else WORDS
    note = _("Letters that have left stay as they were; those that wait are filled with the new words.")
    form = [
        html.Div(words_fields(languages, field_id, known, names), className="cl-stack"),
        html.P(note, className="cl-note"),
        html.Div(button(_("Save the words"), {"kind": "disruption-words-save", "disruption": line.id})),
        html.Div(id="disruption-words-refused", role="alert"),
    ]
    return html.Details([html.Summary(_("Correct the words")), html.Div(form, className="cl-stack")], className="cl-how")


def ending(line: DisruptionLine, viewer: Viewer) -> list[Component]:
    """What the letter is to say: asked when it ends, because what was said while it went on is not so any more."""
    languages = list_languages(viewer)
    known = {"outcome": line.outcomes or {languages[0]: line.outcome or ""}}
    return [
        html.Div(words_fields(languages, end_id, known, ("outcome",)), className="cl-stack"),
        html.P(_("Left empty, the letter says only that it is over."), className="cl-note"),
    ]


def end_id(name: str) -> dict[str, str]:
    """Of a field that is asked for when it ends."""
    return {"kind": "disruption-end", "name": name}


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
    for one, each in ((name, f"{name}s") for name in WORDS):
        found += list((before.get(each) or {}).values()) or [before[one]] if before.get(one) else []
    return found
