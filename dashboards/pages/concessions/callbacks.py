"""Saying yes or no to a concession, and taking one's own back."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from feedback.access.rules import Viewer
from feedback.issues.working.concessions import READ, decide_concession, withdraw_concession
from feedback.kernel.errors import Forbidden, InvalidInput, RuleViolation
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the buttons of each line; the service asks for the permission of each."""
    app.callback(
        Output({"kind": "concession-refused", "id": ALL}, "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "concession", "act": ALL, "id": ALL}, "n_clicks"),
        State({"kind": "concession-note", "id": ALL}, "value"),
        State({"kind": "concession-note", "id": ALL}, "id"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(READ)(act))


def act(viewer: Viewer, _clicks: Any, notes: list[Any], ids: list[dict[str, Any]], again: int | None) -> Any:
    """Decide on the concession whose button was pressed."""
    places, triggered = callback_context.outputs_list[0], callback_context.triggered
    pressed: Any = callback_context.triggered_id if triggered and triggered[0]["value"] else None
    if pressed is None:
        return [no_update] * len(places), no_update
    said = {of["id"]: (value or "").strip() for of, value in zip(ids, notes, strict=True)}
    try:
        with transaction():
            _do(viewer, pressed["act"], pressed["id"], said.get(pressed["id"], ""))
    except InvalidInput as error:
        shown = refusal([text for texts in error.errors.values() for text in texts])
        return [shown if place["id"]["id"] == pressed["id"] else None for place in places], no_update
    except (RuleViolation, Forbidden) as error:
        shown = refusal([error.message])
        return [shown if place["id"]["id"] == pressed["id"] else None for place in places], no_update
    return [None] * len(places), (again or 0) + 1


def _do(viewer: Viewer, act: str, concession_id: int, words: str) -> None:
    if act == "withdraw":
        withdraw_concession(concession_id, viewer=viewer)
    else:
        decide_concession(concession_id, approve=act == "approve", words=words, viewer=viewer)
