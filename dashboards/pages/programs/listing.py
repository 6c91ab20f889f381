"""The list of programs, and the form that adds one."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.moments import day_words
from dashboards.components.panels import panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from dashboards.pages.programs.fields import may_write
from feedback.access.rules import Viewer
from feedback.reporting.program_board import ProgramLine, list_program_lines
from feedback.surveys.rules import PLANNED_KINDS, SurveyKind

Component = Any


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("What do we ask, and how often?")


def body(viewer: Viewer, query: Query) -> Component:
    """All programs; who may change them can add one."""
    columns: list[Column[ProgramLine]] = [
        Column(_("Survey"), _named, main=True),
        Column(_("Kind"), lambda line: words.word(words.survey_kinds, line.kind)),
        Column(_("Rhythm"), lambda line: rhythm(line, viewer)),
        Column(_("Texts"), _texts),
        Column(_("Reminders"), lambda line: reminders(line)),
        Column(_("Waves"), lambda line: str(line.waves), right=True),
    ]
    actions = [link_button(_("Reasons people can tick"), "/app/reasons")]
    note = _(
        "Surveys about the whole relationship and surveys after an event are counted apart; a survey never changes its kind."
    )
    shown = panel(_("Surveys"), table(columns, list_program_lines(), caption=_("Surveys")), note=note, actions=actions)
    return html.Div([shown, _new()] if may_write(viewer) else [shown], className="cl-stack")


def _named(line: ProgramLine) -> Component:
    under = line.code if line.active else _("%(code)s · not asked any more", code=line.code)
    return html.Div([row_link(line.name, f"/app/programs/{line.id}"), html.Div(under, className="cl-note")])


def rhythm(line: ProgramLine, viewer: Viewer) -> Component:
    """How often, and when next."""
    often = words.word(words.cadences, line.cadence)
    if line.next_wave_on is None or line.cadence == "none":
        return often
    following = html.Div(_("next %(day)s", day=day_words(line.next_wave_on, viewer)), className="cl-note")
    return html.Div([html.Div(often), following])


def reminders(line: ProgramLine) -> str:
    """After how many days."""
    if not line.reminder_days:
        return _("none")
    first, *more = line.reminder_days
    after = ngettext("after %(num)s day", "after %(num)s days", first)
    if not more:
        return after
    return ngettext("%(before)s, then after %(num)s more", "%(before)s, then after %(num)s more", more[0], before=after)


def _texts(line: ProgramLine) -> Component:
    if line.version is None:
        return _("built in")
    number = _("version %(number)s", number=line.version)
    return html.Div([html.Div(number), html.Div(", ".join(line.languages), className="cl-note")])


def _new() -> Component:
    kinds = [{"value": kind.value, "label": words.word(words.survey_kinds, kind)} for kind in PLANNED_KINDS]
    fields = [
        dmc.TextInput(id="program-name", label=_("Name"), size="sm"),
        dmc.TextInput(
            id="program-code",
            label=_("Code, for files and the API"),
            placeholder=_("For example: after_claim"),
            size="sm",
        ),
        dmc.Select(
            id="program-kind",
            label=_("Kind"),
            data=kinds,
            value=SurveyKind.TRANSACTIONAL.value,
            allowDeselect=False,
            size="sm",
        ),
    ]
    save = html.Div(button(_("Add the survey"), "program-add", primary=True), className="cl-part-foot")
    return panel(_("Another survey"), [html.Div(fields, className="cl-fields"), save])
