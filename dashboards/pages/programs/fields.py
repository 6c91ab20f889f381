"""The form of a program: rhythm, rest, reminders, languages."""

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.counts import count_field
from dashboards.components.dates import from_today
from dashboards.components.moments import day_words
from dashboards.components.panels import panel
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.reporting.program_board import ProgramPage
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import Cadence
from feedback.web.languages import LANGUAGES

Component = Any


def may_write(viewer: Viewer) -> bool:
    """Whether programs are the viewer's to change."""
    return scope_of(viewer, "survey.write") is not Scope.NONE


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "program-field", "name": name}


def settings_panel(page: ProgramPage, viewer: Viewer) -> Component:
    """What the program is, to be changed by who may."""
    kind = words.word(words.survey_kinds, page.line.kind)
    note = _("%(kind)s. The kind stays for ever: the answers count as that kind.", kind=kind)
    if not may_write(viewer):
        return panel(_("Rhythm and rest"), _facts(page, viewer), note=note)
    shown = dcc.Store(id="program-shown", data=form_values(page.program))
    foot = html.Div([shown, button(_("Save"), "program-save", primary=True)], className="cl-part-foot")
    return panel(_("Rhythm and rest"), [html.Div(_fields(page, viewer), className="cl-fields"), foot], note=note)


def _facts(page: ProgramPage, viewer: Viewer) -> Component:
    line = page.line
    day = day_words(line.next_wave_on, viewer) if line.next_wave_on else _("not set")
    facts = [
        (_("How often"), words.word(words.cadences, line.cadence)),
        (_("Next wave"), day),
        (_("Days before a person is asked again"), str(line.quarantine_days)),
        (_("Days until each reminder"), ", ".join(str(days) for days in line.reminder_days) or _("none")),
    ]
    return html.Dl([part for name, value in facts for part in (html.Dt(name), html.Dd(value))], className="cl-facts")


def form_values(program: SurveyProgram) -> dict[str, Any]:
    """What the fields of the form hold for a program, by their names."""
    first, second = ([*program.reminder_days, None, None])[:2]
    return {
        "name": program.name,
        **{f"name_{code}": program.names.get(code, "") for code in LANGUAGES if code != "en"},
        "active": "yes" if program.active else "no",
        "cadence": program.cadence.value,
        "next_wave_on": program.next_wave_on.isoformat() if program.next_wave_on else None,
        "draft_days": program.draft_days,
        "auto_start": "yes" if program.auto_start else "no",
        "quarantine_days": program.quarantine_days,
        "reminder_1": first,
        "reminder_2": second,
        "fallbacks": ", ".join(program.fallbacks),
    }


def _fields(page: ProgramPage, viewer: Viewer) -> list[Component]:
    value = form_values(page.program)
    cadences = [(one.value, words.word(words.cadences, one)) for one in Cadence]
    return [
        dmc.TextInput(id=field_id("name"), label=_("Name"), value=value["name"], size="sm"),
        *(_name(code, shown, value[f"name_{code}"]) for code, shown in LANGUAGES.items() if code != "en"),
        _choice("active", _("In use"), [("yes", _("yes")), ("no", _("not any more"))], value["active"]),
        _choice("cadence", _("How often"), cadences, value["cadence"]),
        dmc.DateInput(
            id=field_id("next_wave_on"),
            label=_("Next wave"),
            value=value["next_wave_on"],
            clearable=True,
            size="sm",
            clearButtonProps=attributes(aria_label=_("No date")),
            **from_today(viewer),
        ),
        count_field(field_id("draft_days"), _("Days ahead that its draft is made"), value["draft_days"]),
        _choice(
            "auto_start",
            _("On its day the wave"),
            [("no", _("waits for somebody to start it")), ("yes", _("starts by itself"))],
            value["auto_start"],
        ),
        count_field(
            field_id("quarantine_days"),
            _("Days before a person is asked again"),
            value["quarantine_days"],
            empty=_("as usual: %(days)s", days=page.line.quarantine_days),
        ),
        count_field(field_id("reminder_1"), _("Days until a reminder"), value["reminder_1"], empty=_("no reminder")),
        count_field(
            field_id("reminder_2"), _("Days until a second reminder"), value["reminder_2"], empty=_("no second reminder")
        ),
        dmc.TextInput(
            id=field_id("fallbacks"),
            label=_("Languages to fall back on, in order"),
            value=value["fallbacks"],
            placeholder=_("For example: es, fr"),
            size="sm",
        ),
    ]


def _name(code: str, shown: str, value: str) -> Component:
    label = _("Name (%(language)s)", language=shown)
    return dmc.TextInput(id=field_id(f"name_{code}"), label=label, value=value, size="sm")


def _choice(name: str, label: str, options: list[tuple[str, str]], value: str) -> Component:
    data = [{"value": option, "label": shown} for option, shown in options]
    return dmc.Select(id=field_id(name), label=label, data=data, value=value, allowDeselect=False, size="sm")
