"""Granting, refusing, ending and taking back exceptions."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from feedback.access.rules import Viewer
from feedback.gate.overriding.service import READ, decide_override, end_override, withdraw_override
from feedback.kernel.errors import DomainError, InvalidInput
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the buttons of each line; the service asks for the permission of each."""
    app.callback(
        Output("exception-said", "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "exception", "act": ALL, "id": ALL}, "n_clicks"),
        State({"kind": "exception-note", "id": ALL}, "value"),
        State({"kind": "exception-note", "id": ALL}, "id"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(READ)(act))


def act(viewer: Viewer, clicks: list[int | None], notes: list[Any], ids: list[dict[str, Any]], again: int | None) -> Any:
    """Do what the pressed button says."""
    pressed: Any = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update, no_update
    said = {of["id"]: (value or "").strip() for of, value in zip(ids, notes, strict=True)}
    try:
        with transaction():
            _do(viewer, pressed["act"], pressed["id"], said.get(pressed["id"], ""))
    except InvalidInput as error:
        return refusal([text for texts in error.errors.values() for text in texts]), no_update
    except DomainError as error:
        return refusal([error.message]), no_update
    return None, (again or 0) + 1


def _do(viewer: Viewer, act: str, override_id: int, words: str) -> None:
    if act == "withdraw":
        withdraw_override(override_id, viewer=viewer)
    elif act == "end":
        end_override(override_id, viewer=viewer)
    else:
        decide_override(override_id, approve=act == "approve", words=words, viewer=viewer)
