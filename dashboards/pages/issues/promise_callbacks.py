"""Saying what became of a promise."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import WORK, pressed_button, reasons_of
from dashboards.pages.issues.phrases import missing_words
from dashboards.pages.issues.promises import end_button, end_field, end_refused
from feedback.access.rules import Viewer
from feedback.issues.service import keep_commitment
from feedback.issues.working.promise_ends import End, end_promise
from feedback.issues.working.rules import Ending
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the buttons of each promise."""
    refresh, again = Output("issue-changed", "data", allow_duplicate=True), State("refresh", "data")
    late: Any = {"prevent_initial_call": True}
    app.callback(refresh, Input({"kind": "keep", "promise": ALL, "issue": ALL}, "n_clicks"), again, **late)(allowed(WORK)(keep))
    app.callback(
        Output(end_refused(ALL), "children"),
        refresh,
        Input(end_button(ALL, ALL, ALL), "n_clicks"),
        State(end_field(ALL, ALL), "value"),
        again,
        **late,
    )(allowed(WORK)(end))


def keep(viewer: Viewer, _clicks: Any, again: int | None) -> Any:
    """Mark a promise as kept."""
    pressed = pressed_button()
    if pressed is None:
        return no_update
    with transaction():
        keep_commitment(pressed["issue"], pressed["promise"], viewer=viewer)
    return (again or 0) + 1


def end(viewer: Viewer, _clicks: Any, _values: Any, again: int | None) -> Any:
    """It is not kept, or not wanted any more."""
    pressed = pressed_button()
    outputs = callback_context.outputs_list[0]
    if pressed is None:
        return [no_update] * len(outputs), no_update
    said = {
        state["id"]["name"]: str(state.get("value") or "").strip()
        for state in callback_context.states_list[0]
        if state["id"]["promise"] == pressed["promise"]
    }
    try:
        if not said.get("said"):
            raise InvalidInput({"said": [missing_words("note")]})
        ending = End(Ending(pressed["how"]), said["said"], said.get("channel") or "phone")
        with transaction():
            end_promise(pressed["issue"], pressed["promise"], ending, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        shown = refusal(reasons_of(error))
        return [shown if output["id"]["promise"] == pressed["promise"] else None for output in outputs], no_update
    return [None] * len(outputs), (again or 0) + 1
