"""Marking a promise as kept where it is listed."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from feedback.access.rules import Viewer
from feedback.issues.service import keep_commitment
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the button of each line."""
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "keep-promise", "promise": ALL, "issue": ALL}, "n_clicks"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed("issue.work")(keep))


def keep(viewer: Viewer, _clicks: Any, again: int | None) -> Any:
    """It was kept."""
    triggered = callback_context.triggered
    if not triggered or not triggered[0]["value"]:
        return no_update
    pressed: Any = callback_context.triggered_id
    with transaction():
        keep_commitment(pressed["issue"], pressed["promise"], viewer=viewer)
    return (again or 0) + 1
