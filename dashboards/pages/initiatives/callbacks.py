"""Writing an initiative down, and moving it on."""

import re
from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.components.scope import reach_of, register_picker
from dashboards.guard import allowed
from dashboards.pages.initiatives.form import field_id
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.initiatives import InitiativeDraft, change_initiative, move_initiative, propose_initiative
from feedback.outer_loop.queries.initiatives import get_initiative
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import InitiativeState
from feedback.reporting.outer_loop_board import issues_named
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES

WRITE = "initiative.write"
_PATH = State("url", "pathname")


def register(app: Dash) -> None:
    """Attach the form and the steps."""
    fields: Any = field_id("x") | {"name": ALL}
    late = {"prevent_initial_call": True}
    register_picker(app, field_id, WRITE)
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        Input("initiative-save", "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("initiative-id", "data"),
        **late,
    )(allowed(WRITE)(save))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "initiative-move", "to": ALL}, "n_clicks"),
        State("initiative-note", "value"),
        _PATH,
        State("refresh", "data"),
        **late,
    )(allowed(WRITE)(move))


def save(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], initiative_id: int | None) -> Any:
    """Add or change it, and show it."""
    if not clicks:
        return no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    draft = _draft(said, initiative_id)
    with transaction():
        if initiative_id is None:
            initiative_id = propose_initiative(InitiativeDraft(**draft), viewer=viewer).id
        else:
            change_initiative(initiative_id, draft, viewer=viewer)
    return f"/app/initiatives/{initiative_id}"


def _draft(said: dict[str, Any], initiative_id: int | None) -> dict[str, Any]:
    text = {name: (said.get(name) or "").strip() or None for name in ("title", "plan", "root_cause", "promise")}
    kept: tuple[int, ...] = ()
    if initiative_id is not None and "account_ids" not in said:
        kept = Reach.from_document(get_initiative(initiative_id).row.reach).account_ids
    return {
        **text,
        "title": text["title"] or "",
        "defects": said.get("defects") or [],
        "issue_ids": _issues(said.get("issues")),
        "owner_id": _number(said.get("owner_id")),
        "team_id": _number(said.get("team_id")),
        "due_on": date.fromisoformat(said["due_on"]) if said.get("due_on") else None,
        "cost": _amount("cost", said.get("cost"), 1e12),
        "target_from": _share("target_from", said.get("target_from")),
        "target_to": _share("target_to", said.get("target_to")),
        "reach": reach_of(said, kept),
        "news": {code: said.get(f"news_{code}") or "" for code in LANGUAGES},
    }


def _number(value: Any) -> int | None:
    return int(value) if value else None


def _amount(name: str, value: Any, most: float) -> float | None:
    if value in (None, ""):
        return None
    try:
        amount = float(value)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= most:
        raise InvalidInput({name: [_("Write a number from 0 to %(most)s.", most=round(most))]})
    return amount


def _share(name: str, value: Any) -> float | None:
    percent = _amount(name, value, 100)
    return None if percent is None else percent / 100


def _issues(text: str | None) -> list[int]:
    numbers = [int(one) for one in re.findall(r"[0-9]{1,9}", text or "")]
    known = issues_named(numbers)
    missing = [number for number in numbers if number not in known]
    if missing:
        raise InvalidInput({"issues": [_("There is no issue #%(numbers)s.", numbers=", #".join(map(str, missing)))]})
    return [known[number] for number in numbers]


def move(viewer: Viewer, _clicks: Any, note: str | None, path: str | None, again: int | None) -> Any:
    """Move the initiative of the page to the state of the button."""
    pressed = callback_context.triggered_id if callback_context.triggered and callback_context.triggered[0]["value"] else None
    found = re.fullmatch(r"/app/initiatives/([0-9]+)/?", path or "")
    if pressed is None or found is None:
        return no_update
    with transaction():
        move_initiative(int(found[1]), InitiativeState(pressed["to"]), note=(note or "").strip() or None, viewer=viewer)
    return (again or 0) + 1
