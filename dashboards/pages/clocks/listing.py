"""Calendars, service levels and the ladder, each in a panel of its own."""

from typing import Any

import dash_mantine_components as dmc
from babel import Locale
from dash import html
from flask_babel import get_locale
from flask_babel import gettext as _

from dashboards.components import words
from dashboards.components.buttons import button, link_button
from dashboards.components.counts import count_field
from dashboards.components.panels import panel
from dashboards.components.tables import Column, row_link, table
from dashboards.page import Query
from feedback.access.rules import Viewer
from feedback.accounts.rules import ValueTier
from feedback.calendars.holidays import countries
from feedback.calendars.models import BusinessCalendar
from feedback.calendars.naming import shown_name
from feedback.calendars.queries import list_calendars, teams_by_calendar
from feedback.calendars.rules import DEFAULT_CODE, hours_of_week, read_openings
from feedback.issues.configuration import list_levels, list_steps
from feedback.issues.rules import Severity
from feedback.issues.rules.escalation import Rung
from feedback.reporting.teams import team_names

Component = Any
HOURS = ("first_contact_hours", "next_update_hours", "resolution_hours")


def title(viewer: Viewer, query: Query) -> str:
    """The question."""
    return _("By when do we act, and who is told if not?")


def body(viewer: Viewer, query: Query) -> Component:
    """Everything that clocks follow from."""
    return html.Div([_calendars(), _levels(), _ladder()], className="cl-stack")


def _calendars() -> Component:
    teams, names = teams_by_calendar(), team_names()
    columns: list[Column[BusinessCalendar]] = [
        Column(_("Calendar"), lambda one: row_link(shown_name(one.name), f"/app/clocks/{one.id}"), main=True),
        Column(_("Time zone"), lambda one: one.time_zone.replace("_", " ")),
        Column(_("Public holidays"), lambda one: _place(one)),
        Column(
            _("Hours a week"), lambda one: f"{hours_of_week(read_openings(one.openings)).total_seconds() / 3600:g}", right=True
        ),
        Column(_("Teams"), lambda one: _teams(one, [names[team] for team in teams.get(one.id, []) if team in names])),
    ]
    name = _("Business calendars")
    note = _("A team works by its own calendar or by the default one. Clocks in working hours are counted in it.")
    add = link_button(_("Add a calendar"), "/app/clocks/new")
    return panel(name, table(columns, list_calendars(), caption=name), note=note, actions=[add])


def _place(one: BusinessCalendar) -> str:
    if one.country is None:
        return _("none")
    return f"{one.country} {one.subdivision}" if one.subdivision else one.country


def _teams(one: BusinessCalendar, names: list[str]) -> str:
    if one.code == DEFAULT_CODE:
        return _("all others")
    return ", ".join(names) or _("none yet")


def _levels() -> Component:
    columns: list[Column[Any]] = [
        Column(_("Severity"), lambda cell: words.word(words.severities, cell["severity"]), main=True),
        Column(_("Tier"), lambda cell: str(cell["value_tier"]), side=True),
        Column(_("First contact, hours"), lambda cell: _hours(cell, HOURS[0])),
        Column(_("Progress update, hours"), lambda cell: _hours(cell, HOURS[1])),
        Column(_("Resolution, hours"), lambda cell: _hours(cell, HOURS[2])),
        Column(_("Which hours count"), _kind),
    ]
    name = _("Service levels")
    note = _("What is promised when an issue opens. Due dates that run already stay as they were promised.")
    foot = html.Div(button(_("Save the service levels"), "levels-save", primary=True), className="cl-part-foot")
    return panel(name, [table(columns, list_levels(), caption=name), foot, html.Div(id="levels-kept", role="status")], note=note)


def cell_id(severity: Severity, tier: ValueTier, name: str) -> dict[str, str]:
    """Of a field of the service levels."""
    return {"kind": "level", "cell": f"{severity}-{tier}", "name": name}


def _hours(cell: Any, name: str) -> Component:
    labels = dict(zip(HOURS, (_("First contact, hours"), _("Progress update, hours"), _("Resolution, hours")), strict=True))
    field = count_field(cell_id(cell["severity"], cell["value_tier"], name), labels[name], cell[name])
    return html.Div(field, className="cl-in-table cl-hours")


def _kind(cell: Any) -> Component:
    kind = dmc.Select(
        id=cell_id(cell["severity"], cell["value_tier"], "working"),
        label=_("Which hours count"),
        data=[{"value": "no", "label": _("round the clock")}, {"value": "yes", "label": _("working hours of the team")}],
        value="yes" if cell["working"] else "no",
        allowDeselect=False,
        size="sm",
    )
    return html.Div(kind, className="cl-in-table")


def _ladder() -> Component:
    steps = {(step["severity"], step["rung"]): step["hours"] for step in list_steps()}
    columns: list[Column[Severity]] = [
        Column(_("Severity"), lambda severity: words.word(words.severities, severity), main=True),
        Column(_("Owner"), lambda severity: _step(severity, Rung.OWNER, steps)),
        Column(_("Lead of the team"), lambda severity: _step(severity, Rung.LEAD, steps)),
        Column(_("Executives"), lambda severity: _step(severity, Rung.EXECUTIVE, steps)),
    ]
    name = _("Escalation")
    note = _(
        "Hours after a clock is due at which each is told; a number below zero is before. Empty: not told. "
        "Whoever is told is named on the page of the issue before it happens."
    )
    foot = html.Div(button(_("Save the escalation"), "steps-save", primary=True), className="cl-part-foot")
    return panel(name, [table(columns, list(Severity), caption=name), foot, html.Div(id="steps-kept", role="status")], note=note)


def _step(severity: Severity, rung: Rung, steps: Any) -> Component:
    identity = {"kind": "step", "cell": severity.value, "name": rung.value}
    labels = {Rung.OWNER: _("Owner"), Rung.LEAD: _("Lead of the team"), Rung.EXECUTIVE: _("Executives")}
    return html.Div(count_field(identity, labels[rung], steps.get((severity, rung))), className="cl-in-table cl-hours")


def country_options() -> list[dict[str, str]]:
    """Countries whose public holidays are known, by their names."""
    territories = Locale.parse(str(get_locale() or "en")).territories
    named = [(str(territories.get(code, code)), code) for code in countries()]
    return [{"value": code, "label": label} for label, code in sorted(named)]
