"""Saying what became of a promise."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.callbacks import WORK, pressed_button
from dashboards.pages.issues.phrases import missing_words
from dashboards.pages.issues.promises import end_button, end_field, end_refused
from dashboards.pages.issues.rows import act_on_row
from feedback.access.rules import Viewer
from feedback.issues.service import keep_commitment
from feedback.issues.working.promise_ends import End, end_promise
from feedback.issues.working.rules import Ending
from feedback.kernel.errors import InvalidInput
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

    def act(pressed: dict[str, Any], said: dict[str, str]) -> None:
        if not said.get("said"):
            raise InvalidInput({"said": [missing_words("note")]})
        ending = End(Ending(pressed["how"]), said["said"], said.get("channel") or "phone")
        end_promise(pressed["issue"], pressed["promise"], ending, viewer=viewer)

    return act_on_row("promise", again, act)
