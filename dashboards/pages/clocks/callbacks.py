"""Saving calendars, service levels and the ladder."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from flask_babel import gettext as _

from dashboards.components.counts import all_right
from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from feedback.access.rules import Viewer
from feedback.accounts.rules import ValueTier
from feedback.calendars.queries import get_calendar, teams_by_calendar
from feedback.calendars.rules import DEFAULT_CODE, WEEK
from feedback.calendars.service import (
    CalendarDraft,
    ClosedDay,
    change_calendar,
    create_calendar,
    delete_calendar,
    free_code,
    set_team_calendar,
)
from feedback.issues.configuration import replace_levels, replace_steps
from feedback.issues.rules import Severity
from feedback.issues.rules.escalation import MAX_HOURS, Rung
from feedback.issues.schemas import MAX_HOURS as LONGEST
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction

PERMISSION = "routing.write"
_LATE = {"prevent_initial_call": True}


def register(app: Dash) -> None:
    """Attach the buttons."""
    for kind, button, shown, save in (
        ("level", "levels-save", "levels-kept", save_levels),
        ("step", "steps-save", "steps-kept", save_steps),
    ):
        fields = {"kind": kind, "cell": ALL, "name": ALL}
        app.callback(Output(shown, "children"), Input(button, "n_clicks"), State(fields, "value"), State(fields, "id"), **_LATE)(
            allowed(PERMISSION)(save)
        )
    fields = {"kind": "calendar-field", "name": ALL}
    app.callback(
        Output("calendar-kept", "children"),
        Output("url", "pathname", allow_duplicate=True),
        Input("calendar-save", "n_clicks"),
        State("calendar-id", "data"),
        State(fields, "value"),
        State(fields, "id"),
        **_LATE,
    )(allowed(PERMISSION)(save_calendar))
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        Input("calendar-delete", "n_clicks"),
        State("calendar-id", "data"),
        **_LATE,
    )(allowed(PERMISSION)(remove_calendar))


def save_levels(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """All nine cells together."""
    if not clicks:
        return no_update
    cells: dict[str, dict[str, Any]] = {}
    for of, value in zip(ids, values, strict=True):
        cells.setdefault(of["cell"], {})[of["name"]] = value
    levels = [_level(cell, said) for cell, said in cells.items()]
    with transaction():
        replace_levels(levels, actor=viewer.actor)
    clear_marks()
    return _("Saved. It holds for issues that open from now on.")


def _level(cell: str, said: Mapping[str, Any]) -> dict[str, Any]:
    severity, _dash, tier = cell.partition("-")
    names = [name for name in said if name != "working"]
    hours = all_right(*((name, said[name], 1, LONGEST) for name in names))
    if None in hours.values():
        raise InvalidInput({name: [_("Each clock needs its hours.")] for name, value in hours.items() if value is None})
    return {"severity": Severity(severity), "value_tier": ValueTier(tier), "working": said["working"] == "yes", **hours}


def save_steps(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """The whole ladder; an empty field is no rung."""
    if not clicks:
        return no_update
    steps = []
    for of, value in zip(ids, values, strict=True):
        hours = all_right((of["name"], value, -MAX_HOURS, MAX_HOURS))[of["name"]]
        if hours is not None:
            steps.append({"severity": Severity(of["cell"]), "rung": Rung(of["name"]), "hours": hours})
    with transaction():
        replace_steps(steps, actor=viewer.actor)
    clear_marks()
    return _("Saved. Open issues follow within minutes.")


def save_calendar(
    viewer: Viewer, clicks: int | None, calendar_id: int | None, values: list[Any], ids: list[dict[str, str]]
) -> Any:
    """Store the calendar and who works by it; a new one then has a page of its own."""
    if not clicks:
        return no_update, no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    draft = read_form(said)
    with transaction():
        if calendar_id is None:
            found = create_calendar(free_code(draft.name), draft, actor=viewer.actor)
        else:
            found = change_calendar(calendar_id, draft, actor=viewer.actor)
        if found.code != DEFAULT_CODE:
            _give_teams(found.id, {int(team) for team in said.get("teams") or ()}, viewer)
        found_id = found.id
    clear_marks()
    kept = _("Saved. Clocks that count its hours follow within minutes.")
    return kept, f"/app/clocks/{found_id}" if calendar_id is None else no_update


def _give_teams(calendar_id: int, wanted: set[int], viewer: Viewer) -> None:
    before = set(teams_by_calendar().get(calendar_id, []))
    for team in sorted(wanted - before):
        set_team_calendar(team, calendar_id, actor=viewer.actor)
    for team in sorted(before - wanted):
        set_team_calendar(team, None, actor=viewer.actor)


def remove_calendar(viewer: Viewer, clicks: int | None, calendar_id: int | None) -> Any:
    """Delete it; teams have to have another one before."""
    if not clicks or calendar_id is None:
        return no_update
    with transaction():
        get_calendar(calendar_id)
        delete_calendar(calendar_id, actor=viewer.actor)
    return "/app/clocks"


def read_form(said: Mapping[str, Any]) -> CalendarDraft:
    """What the form says.

    Raises:
        InvalidInput: a day is none.
    """
    closed = [_closed(line) for line in _lines(said.get("closed_days"))]
    return CalendarDraft(
        name=(said.get("name") or "").strip()[:120],
        time_zone=said.get("time_zone") or "",
        openings={day: _spans(said.get(day)) for day in WEEK if _spans(said.get(day))},
        country=said.get("country") or None,
        subdivision=(said.get("subdivision") or "").strip().upper() or None,
        closed_days=closed,
        open_days=[_day(line, "open_days") for line in _lines(said.get("open_days"))],
    )


def _spans(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").replace(";", ",").split(",") if part.strip()]


def _lines(text: str | None) -> Sequence[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _closed(line: str) -> ClosedDay:
    day, _blank, name = line.partition(" ")
    return ClosedDay(_day(day, "closed_days"), name.strip()[:120])


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput({field: [_("“%(text)s” is no day; write it as 2026-12-24.", text=text[:40])]}) from None
