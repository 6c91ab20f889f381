"""Adding, changing, retiring and joining causes."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from feedback.access.rules import Viewer
from feedback.issues.working.causes import add_cause, change_cause, join_causes
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES


def register(app: Dash) -> None:
    """Attach the buttons of the page."""
    fields: Any = {"kind": "cause-field", "name": ALL}
    app.callback(
        Output("cause-refused", "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "cause", "act": ALL, "id": ALL}, "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed("cause.write")(act))


def act(viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], again: int | None) -> Any:
    """Do what the button says."""
    triggered = callback_context.triggered
    pressed: Any = callback_context.triggered_id if triggered and triggered[0]["value"] else None
    if pressed is None:
        return no_update, no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    try:
        with transaction():
            _do(viewer, pressed["act"], pressed["id"], said)
    except InvalidInput as error:
        return refusal([text for texts in error.errors.values() for text in texts]), no_update
    except RuleViolation as error:
        return refusal([error.message]), no_update
    return None, (again or 0) + 1


def _do(viewer: Viewer, act: str, cause_id: int, said: dict[str, Any]) -> None:
    parent = int(said["parent_id"]) if said.get("parent_id") else None
    names = {code: said.get(f"name_{code}") or "" for code in LANGUAGES if code != "en"}
    name = (said.get("name") or "").strip()
    if act == "add":
        add_cause(name, parent_id=parent, names=names, viewer=viewer)
    elif act == "change":
        change_cause(cause_id, {"name": name, "parent_id": parent, "names": names}, viewer=viewer)
    elif act == "join" and said.get("into_id"):
        join_causes(cause_id, int(said["into_id"]), viewer=viewer)
    elif act in ("retire", "revive"):
        change_cause(cause_id, {"retired": act == "retire"}, viewer=viewer)
