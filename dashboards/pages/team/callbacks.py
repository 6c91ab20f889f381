"""Saving what people can, entering and taking back absences, handing over."""

import re
import unicodedata
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.components.counts import whole_number
from dashboards.guard import allowed
from feedback.access.rules import Viewer
from feedback.access.service import change_user
from feedback.issues.assigning import HandOver, hand_over
from feedback.kernel.errors import InvalidInput
from feedback.staffing import service
from feedback.staffing.rules import MAX_CAPACITY
from feedback.uow import transaction

_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def register(app: Dash) -> None:
    """Attach the buttons."""
    refresh, again, late = (
        Output("refresh", "data", allow_duplicate=True),
        State("refresh", "data"),
        {"prevent_initial_call": True},
    )
    whose = State("person-seen", "data")
    app.callback(
        refresh,
        Input("person-save", "n_clicks"),
        State({"kind": "person-field", "name": "skills"}, "value"),
        State({"kind": "person-field", "name": "languages"}, "value"),
        State({"kind": "person-field", "name": "capacity"}, "value"),
        whose,
        again,
        **late,
    )(allowed("staff.write")(save_person))
    app.callback(refresh, Input("person-lead", "n_clicks"), whose, again, **late)(allowed("user.write")(make_lead))
    app.callback(
        refresh,
        Input("skill-add", "n_clicks"),
        State({"kind": "skill-field", "name": "name"}, "value"),
        State({"kind": "skill-field", "name": "code"}, "value"),
        again,
        **late,
    )(allowed("staff.write")(add_skill))
    _register_absences(app)


def _register_absences(app: Dash) -> None:
    refresh, again, late = (
        Output("refresh", "data", allow_duplicate=True),
        State("refresh", "data"),
        {"prevent_initial_call": True},
    )
    app.callback(
        refresh,
        Input("absence-enter", "n_clicks"),
        State({"kind": "absence-field", "name": "first_day"}, "value"),
        State({"kind": "absence-field", "name": "last_day"}, "value"),
        State({"kind": "absence-field", "name": "deputy_id"}, "value"),
        State({"kind": "absence-field", "name": "note"}, "value"),
        State("person-seen", "data"),
        again,
        **late,
    )(allowed("absence.write")(enter_absence))
    app.callback(refresh, Input({"kind": "absence-drop", "absence": ALL}, "n_clicks"), again, **late)(
        allowed("absence.write")(drop_absence)
    )
    app.callback(
        refresh,
        Input("handover-do", "n_clicks"),
        State({"kind": "handover-field", "name": "to"}, "value"),
        State({"kind": "handover-field", "name": "note"}, "value"),
        State({"kind": "handover-field", "name": "issues"}, "value"),
        State("handover-absence", "data"),
        again,
        **late,
    )(allowed("absence.write")(hand_all_over))


def save_person(
    viewer: Viewer, clicks: int | None, skills: list[str], languages: list[str], room: Any, user_id: int, again: int | None
) -> Any:
    """What somebody can and has room for."""
    if not clicks:
        return no_update
    capacity = whole_number("capacity", room, 0, MAX_CAPACITY)
    with transaction():
        service.change_profile(user_id, viewer=viewer, skills=skills or [], languages=languages or [], capacity=capacity)
    return (again or 0) + 1


def make_lead(viewer: Viewer, clicks: int | None, user_id: int, again: int | None) -> Any:
    """Let somebody answer for the team's queue."""
    if not clicks:
        return no_update
    with transaction():
        change_user(user_id, actor=viewer.actor, leads_team=True)
    return (again or 0) + 1


def add_skill(viewer: Viewer, clicks: int | None, name: str | None, code: str | None, again: int | None) -> Any:
    """A skill for the catalogue; without a code it gets one from its name."""
    if not clicks:
        return no_update
    called = (name or "").strip()[:200]
    short = (code or "").strip() or _code_of(called)
    if not called:
        raise InvalidInput({"name": [_("Say what the skill is called.")]})
    if not _CODE.fullmatch(short):
        raise InvalidInput({"code": [_("A skill needs a code of small letters, digits, - and _.")]})
    with transaction():
        service.create_skill(short, name=called, names={}, actor=viewer.actor)
    return (again or 0) + 1


def _code_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]


def enter_absence(
    viewer: Viewer,
    clicks: int | None,
    first: str | None,
    last: str | None,
    deputy: str | None,
    note: str | None,
    user_id: int,
    again: int | None,
) -> Any:
    """Days of somebody."""
    if not clicks:
        return no_update
    if not first:
        raise InvalidInput({"first_day": [_("Choose the first day.")]})
    days = date.fromisoformat(first[:10]), date.fromisoformat((last or first)[:10])
    draft = service.AbsenceDraft(*days, int(deputy) if deputy else None, (note or "").strip()[:255] or None)
    with transaction():
        service.enter_absence(user_id, draft, viewer=viewer)
    return (again or 0) + 1


def drop_absence(viewer: Viewer, _clicks: Any, again: int | None) -> Any:
    """The person is there after all."""
    pressed = callback_context.triggered_id
    if not pressed or not callback_context.triggered[0]["value"]:
        return no_update
    with transaction():
        service.delete_absence(pressed["absence"], viewer=viewer)
    return (again or 0) + 1


def hand_all_over(
    viewer: Viewer,
    clicks: int | None,
    to: str | None,
    note: str | None,
    issues: list[str] | None,
    absence_id: int,
    again: int | None,
) -> Any:
    """Everything that is open in one step, or the issues that were chosen."""
    if not clicks:
        return no_update
    if not to:
        raise InvalidInput({"to": [_("Choose who gets them.")]})
    with transaction():
        chosen = [int(one) for one in issues] if issues else None
        hand_over(absence_id, HandOver(int(to), chosen, (note or "").strip() or None), viewer=viewer)
    return (again or 0) + 1
