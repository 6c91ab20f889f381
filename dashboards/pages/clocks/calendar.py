"""One business calendar: its week, its zone, its holidays, its own days, and who works by it."""

from datetime import date, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from dashboards.components.buttons import button, link_button
from dashboards.components.moments import day_words, today
from dashboards.components.panels import panel
from dashboards.components.tables import Column, table
from dashboards.page import Query
from dashboards.pages.clocks.listing import country_options
from feedback.access.rules import Viewer
from feedback.calendars.holidays import names_of
from feedback.calendars.models import BusinessCalendar
from feedback.calendars.naming import shown_name
from feedback.calendars.queries import get_calendar, teams_by_calendar
from feedback.calendars.rules import DEFAULT_CODE, OFFICE_HOURS, WEEK
from feedback.kernel import clock
from feedback.reporting.teams import team_names
from feedback.web.time_zones import zone_groups

Component = Any
AHEAD = timedelta(days=365)
MOST = 12  # closing days that are shown


def title(viewer: Viewer, query: Query) -> str:
    """What it is called."""
    return shown_name(get_calendar(query.ids["calendar"]).name)


def body(viewer: Viewer, query: Query) -> Component:
    """The form, and the days that it closes."""
    found = get_calendar(query.ids["calendar"])
    return html.Div([_form(found), _ahead(found, viewer)], className="cl-stack")


def new_title(viewer: Viewer, query: Query) -> str:
    """What is done here."""
    return _("Another business calendar")


def new_body(viewer: Viewer, query: Query) -> Component:
    """The same form, with the usual week."""
    zone = current_app.extensions["closedloop_settings"].installation_time_zone
    empty = BusinessCalendar(
        code="", name="", time_zone=zone, openings=dict(OFFICE_HOURS), closed_days=[], open_days=[], changed_at=clock.now()
    )
    return html.Div([_form(empty)], className="cl-stack")


def weekday_names() -> dict[str, str]:
    """Monday to Sunday."""
    words = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return dict(zip(WEEK, words, strict=True))


def field_id(name: str) -> dict[str, str]:
    """Of a field of the form."""
    return {"kind": "calendar-field", "name": name}


def _form(found: BusinessCalendar) -> Component:
    fields = [
        dmc.TextInput(id=field_id("name"), label=_("Name"), value=found.name, size="sm"),
        dmc.Select(
            id=field_id("time_zone"), label=_("Time zone"), data=_zones(found.time_zone), value=found.time_zone,
            searchable=True, allowDeselect=False, size="sm",
        ),
        dmc.Select(
            id=field_id("country"), label=_("Closed on the public holidays of"), data=country_options(), value=found.country,
            searchable=True, clearable=True, placeholder=_("no country"), size="sm",
        ),
        dmc.TextInput(
            id=field_id("subdivision"), label=_("Part of the country, as a code"), value=found.subdivision or "",
            placeholder="MD", size="sm",
        ),
    ]  # fmt: skip
    foot = [button(_("Save"), "calendar-save", primary=True), link_button(_("All calendars"), "/app/clocks")]
    if found.id is not None and found.code != DEFAULT_CODE:
        foot.append(button(_("Delete this calendar"), "calendar-delete"))
    parts = [
        dcc.Store(id="calendar-id", data=found.id),
        html.Div(fields, className="cl-fields"),
        html.H3(_("Week")),
        html.P(_("Openings such as 09:00-13:00, 15:00-19:00; an empty day is closed."), className="cl-note"),
        html.Div([_weekday(found, name, label) for name, label in weekday_names().items()], className="cl-fields"),
        *_days(found),
        *_teams(found),
        html.Div(foot, className="cl-part-foot cl-chips"),
        html.Div(id="calendar-kept", role="status"),
    ]
    note = _("Clocks that count its hours follow a change within minutes; what was missed by then stays missed.")
    return panel(_("Calendar"), html.Div(parts, className="cl-stack"), note=note)


def _zones(stored: str) -> list[dict[str, Any]]:
    groups = zone_groups(stored)
    return [
        {"group": label or "UTC", "items": [{"value": name, "label": shown} for name, shown in zones]} for label, zones in groups
    ]


def _weekday(found: BusinessCalendar, name: str, label: str) -> Component:
    return dmc.TextInput(id=field_id(name), label=label, value=", ".join(found.openings.get(name, ())), size="sm")


def _days(found: BusinessCalendar) -> list[Component]:
    closed = "\n".join(" ".join(filter(None, (day["on"], day["name"]))) for day in found.closed_days)
    return [
        html.H3(_("Days of our own")),
        html.Div(
            [
                dmc.Textarea(
                    id=field_id("closed_days"), label=_("Closed besides, one a line: 2026-12-24 Christmas Eve"), value=closed,
                    autosize=True, minRows=3, maxRows=12, size="sm",
                ),
                dmc.Textarea(
                    id=field_id("open_days"), label=_("Worked although a public holiday, one a line"),
                    value="\n".join(found.open_days), autosize=True, minRows=3, maxRows=12, size="sm",
                ),
            ],
            className="cl-fields",
        ),
    ]  # fmt: skip


def _teams(found: BusinessCalendar) -> list[Component]:
    if found.code == DEFAULT_CODE:
        return []
    options = [{"value": str(team), "label": name} for team, name in team_names().items()]
    mine = [str(team) for team in teams_by_calendar().get(found.id, [])] if found.id else []
    return [
        html.H3(_("Who works by it")),
        dmc.MultiSelect(id=field_id("teams"), label=_("Teams"), data=options, value=mine, searchable=True, size="sm"),
    ]


def _ahead(found: BusinessCalendar, viewer: Viewer) -> Component:
    start = today(viewer)
    days = sorted(closing_days(found, start).items())[:MOST]
    columns: list[Column[tuple[date, str]]] = [
        Column(_("Day"), lambda day: day_words(day[0], viewer), main=True),
        Column(_("Why"), lambda day: day[1], side=True),
    ]
    name = _("Closed in the year to come")
    if not days:
        return panel(name, html.P(_("No day but those of the week."), className="cl-note"))
    return panel(name, table(columns, days, caption=name))


def closing_days(found: BusinessCalendar, start: date) -> dict[date, str]:
    """Public holidays and days of our own from a day on, for a year, with their names."""
    days: dict[date, str] = {}
    for year in (start.year, start.year + 1) if found.country else ():
        days |= names_of(str(found.country), found.subdivision, year, str(get_locale() or "en"))
    worked = set(map(date.fromisoformat, found.open_days))
    days = {day: name for day, name in days.items() if day not in worked}
    days |= {date.fromisoformat(day["on"]): day["name"] or _("Closed") for day in found.closed_days}
    return {day: name for day, name in days.items() if start <= day < start + AHEAD}
