"""The form of a program: rhythm, rest, reminders, languages."""

from typing import Any

import dash_mantine_components as dmc
from dash import html
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.attributes import attributes
from dashboards.components.buttons import button
from dashboards.components.dates import from_today
from dashboards.components.moments import day_words
from dashboards.components.panels import panel
from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.reporting.program_board import ProgramPage
from feedback.surveys.programs import LONGEST_DRAFT, LONGEST_REMINDER
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
    foot = html.Div(button(_("Save"), "program-save", primary=True), className="cl-part-foot")
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


def _fields(page: ProgramPage, viewer: Viewer) -> list[Component]:
    program = page.program
    first, second = ([*program.reminder_days, None, None])[:2]
    return [
        dmc.TextInput(id=field_id("name"), label=_("Name"), value=program.name, size="sm"),
        *(_name(code, shown, program.names) for code, shown in LANGUAGES.items() if code != "en"),
        _choice("active", _("In use"), [("yes", _("yes")), ("no", _("not any more"))], "yes" if program.active else "no"),
        _choice(
            "cadence", _("How often"), [(one.value, words.word(words.cadences, one)) for one in Cadence], program.cadence.value
        ),
        dmc.DateInput(
            id=field_id("next_wave_on"),
            label=_("Next wave"),
            value=program.next_wave_on.isoformat() if program.next_wave_on else None,
            clearable=True,
            size="sm",
            clearButtonProps=attributes(aria_label=_("No date")),
            **from_today(viewer),
        ),
        _number("draft_days", _("Days ahead that its draft is made"), program.draft_days, 0, LONGEST_DRAFT),
        _choice(
            "auto_start",
            _("On its day the wave"),
            [("no", _("waits for somebody to start it")), ("yes", _("starts by itself"))],
            "yes" if program.auto_start else "no",
        ),
        _number(
            "quarantine_days",
            _("Days before a person is asked again"),
            program.quarantine_days,
            0,
            3650,
            empty=_("as usual: %(days)s", days=page.line.quarantine_days),
        ),
        _number("reminder_1", _("Days until a reminder"), first, 1, LONGEST_REMINDER, empty=_("no reminder")),
        _number("reminder_2", _("Days until a second reminder"), second, 1, LONGEST_REMINDER, empty=_("no second reminder")),
        dmc.TextInput(
            id=field_id("fallbacks"),
            label=_("Languages to fall back on, in order"),
            value=", ".join(program.fallbacks),
            placeholder=_("For example: es, fr"),
            size="sm",
        ),
    ]


def _name(code: str, shown: str, names: dict[str, str]) -> Component:
    label = _("Name (%(language)s)", language=shown)
    return dmc.TextInput(id=field_id(f"name_{code}"), label=label, value=names.get(code, ""), size="sm")


def _choice(name: str, label: str, options: list[tuple[str, str]], value: str) -> Component:
    data = [{"value": option, "label": shown} for option, shown in options]
    return dmc.Select(id=field_id(name), label=label, data=data, value=value, allowDeselect=False, size="sm")


def _number(name: str, label: str, value: int | None, least: int, most: int, *, empty: str = "") -> Component:
    return dmc.NumberInput(
        id=field_id(name),
        label=label,
        value=value if value is not None else "",
        placeholder=empty,
        min=least,
        max=most,
        allowDecimal=False,
        hideControls=True,
        size="sm",
    )
