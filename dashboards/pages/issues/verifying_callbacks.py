"""Writing down what a customer says about a fix, and asking by mail."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from feedback.access.rules import Viewer
from feedback.closed_loop.verifying.asking import ask_everybody
from feedback.issues.verifying.calls import Call, record_call
from feedback.issues.verifying.rules import Verdict
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.uow import transaction

WORK = "issue.work"


def register_verifying(app: Dash) -> None:
    """Attach the buttons of the section."""
    refresh, again = Output("issue-changed", "data", allow_duplicate=True), State("refresh", "data")
    app.callback(
        Output("verdict-refused", "children"),
        refresh,
        Input({"kind": "verdict", "issue": ALL}, "n_clicks"),
        State({"kind": "verdict-field", "name": ALL}, "value"),
        again,
        prevent_initial_call=True,
    )(allowed(WORK)(record))
    app.callback(refresh, Input({"kind": "ask-mail", "issue": ALL}, "n_clicks"), again, prevent_initial_call=True)(
        allowed(WORK)(ask)
    )


def record(viewer: Viewer, _clicks: Any, _values: Any, again: int | None) -> Any:
    """Write down the answer of one person, or that nobody was reached."""
    pressed = _pressed()
    if pressed is None:
        return no_update, no_update
    said = {state["id"]["name"]: state.get("value") for state in callback_context.states_list[0]}
    if not said.get("verdict"):
        return refusal([_("Choose what the customer says, or that nobody was reached.")]), no_update
    verdict = None if said["verdict"] == "not_reached" else Verdict(said["verdict"])
    contact = int(said["contact"]) if said.get("contact") else None
    call = Call(verdict, (said.get("said") or "").strip(), contact, said.get("channel") or "phone")
    try:
        with transaction():
            record_call(pressed["issue"], call, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        return refusal(_reasons(error)), no_update
    return None, (again or 0) + 1


def ask(viewer: Viewer, _clicks: Any, again: int | None) -> Any:
    """Ask those who are not being asked by mail."""
    pressed = _pressed()
    if pressed is None:
        return no_update
    with transaction():
        ask_everybody(pressed["issue"], viewer=viewer)
    return (again or 0) + 1


def _pressed() -> Any:
    triggered = callback_context.triggered
    return callback_context.triggered_id if triggered and triggered[0]["value"] else None


def _reasons(error: RuleViolation | InvalidInput) -> list[str]:
    if isinstance(error, InvalidInput):
        return [" ".join(messages) for messages in error.errors.values()]
    return [error.message]
