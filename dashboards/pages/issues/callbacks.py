"""Doing something with an issue: each callback calls one service and draws the page again, or says what is missing."""

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.fix_words import fix_words_in
from dashboards.pages.issues.phrases import missing_words
from dashboards.pages.issues.verifying_callbacks import register_verifying
from feedback.access.rules import Viewer
from feedback.issues.assigning import assign_issue
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import IssueState, OutOfOrder
from feedback.issues.waiting import end_waiting, start_waiting
from feedback.kernel.errors import DomainError, InvalidInput, RuleViolation
from feedback.uow import transaction
from feedback.web.typed_times import due_instant_of

WORK = "issue.work"


def register(app: Dash) -> None:
    """Attach the actions of the issue page."""
    register_verifying(app)
    # The store stands on the page beside the buttons: Dash would call the server for buttons that were only drawn, if what
    # they change had been there before them.
    refresh, again = Output("issue-changed", "data", allow_duplicate=True), State("refresh", "data")
    app.clientside_callback(
        ClientsideFunction("closedloop", "pass_on"),
        Output("refresh", "data", allow_duplicate=True),
        Input("issue-changed", "data"),
        prevent_initial_call=True,
    )
    app.callback(
        Output({"kind": "refused", "to": ALL}, "children"),
        refresh,
        Input({"kind": "move", "to": ALL, "issue": ALL}, "n_clicks"),
        State({"kind": "move-field", "name": ALL, "to": ALL}, "value"),
        again,
        prevent_initial_call=True,
    )(allowed(WORK)(move_on))
    app.callback(refresh, Input({"kind": "take", "issue": ALL}, "n_clicks"), again, prevent_initial_call=True)(
        allowed(WORK)(take)
    )
    app.callback(
        Output("assign-refused", "children"),
        refresh,
        Input({"kind": "assign", "issue": ALL}, "n_clicks"),
        State("assign-to", "value"),
        State("assign-note", "value"),
        again,
        prevent_initial_call=True,
    )(allowed(WORK)(assign))
    _register_waiting(app)


def _register_waiting(app: Dash) -> None:
    refresh, again = Output("issue-changed", "data", allow_duplicate=True), State("refresh", "data")
    app.callback(
        Output("waiting-refused", "children"),
        refresh,
        Input({"kind": "waiting", "way": ALL, "issue": ALL}, "n_clicks"),
        State({"kind": "waiting-field", "name": ALL}, "value"),
        again,
        prevent_initial_call=True,
    )(allowed(WORK)(wait))


def move_on(viewer: Viewer, _clicks: Any, _values: Any, again: int | None) -> Any:
    """Move the issue whose button was pressed, with what its form says."""
    pressed = pressed_button()
    outputs = callback_context.outputs_list[0]
    if pressed is None:
        return [no_update] * len(outputs), no_update
    said = _said(callback_context.states_list[0], to=pressed["to"])
    try:
        move = Move(
            IssueState(pressed["to"]),
            note=said.get("note"),
            channel=said.get("channel") or "phone",
            root_cause=said.get("root_cause"),
            root_cause_id=int(said["root_cause_id"]) if said.get("root_cause_id") else None,
            whys=said["whys"].splitlines() if said.get("whys") else None,
            fix_owner_id=int(said["fix_owner"]) if said.get("fix_owner") else None,
            fix_due_at=due_instant_of(said.get("fix_due_at"), viewer.time_zone, field="fix_due_at"),
            commitment=said.get("commitment"),
            fix_summaries=fix_words_in(said),
        )
        with transaction():
            move_issue(pressed["issue"], move, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        shown = refusal(reasons_of(error))
        return [shown if output["id"]["to"] == pressed["to"] else None for output in outputs], no_update
    return [None] * len(outputs), (again or 0) + 1


def take(viewer: Viewer, _clicks: Any, again: int | None) -> Any:
    """Make the viewer the owner."""
    pressed = pressed_button()
    if pressed is None:
        return no_update
    with transaction():
        assign_issue(pressed["issue"], owner_id=None, viewer=viewer)
    return (again or 0) + 1


def assign(viewer: Viewer, _clicks: Any, owner: str | None, said: str | None, again: int | None) -> Any:
    """Give the issue to a colleague."""
    pressed = pressed_button()
    if pressed is None:
        return no_update, no_update
    if not owner:
        return refusal([_("Choose who gets it.")]), no_update
    try:
        with transaction():
            assign_issue(pressed["issue"], owner_id=int(owner), said=(said or "").strip() or None, viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        return refusal(reasons_of(error)), no_update
    return None, (again or 0) + 1


def wait(viewer: Viewer, _clicks: Any, _values: Any, again: int | None) -> Any:
    """Wait for the customer, or go on."""
    pressed = pressed_button()
    if pressed is None:
        return no_update, no_update
    act = start_waiting if pressed["way"] == "start" else end_waiting
    try:
        with transaction():
            act(pressed["issue"], text=_said(callback_context.states_list[0]).get("note", ""), viewer=viewer)
    except (RuleViolation, InvalidInput) as error:
        return refusal(reasons_of(error)), no_update
    return None, (again or 0) + 1


def reasons_of(error: DomainError) -> list[str]:
    """Every reason in the person's words; the form stays as it was typed."""
    if isinstance(error, RuleViolation) and error.missing:
        return [missing_words(fact) for fact in error.missing]
    if isinstance(error, OutOfOrder):  # the page offers only what can follow, so it is older than the issue
        return [_("This issue was moved meanwhile, here or elsewhere. Copy what you wrote, then load the page again.")]
    if isinstance(error, InvalidInput):
        return [" ".join(messages) for messages in error.errors.values()]
    return [error.message]


def pressed_button() -> Any:
    """The id of the button that was pressed; None when buttons were only drawn."""
    triggered = callback_context.triggered
    return callback_context.triggered_id if triggered and triggered[0]["value"] else None


def _said(states: Any, **named: str) -> dict[str, str]:
    """What the fields of one form hold, by name; text without surrounding blanks."""
    found = {}
    for state in states:
        fits = all(state["id"].get(name) == value for name, value in named.items())
        if fits and isinstance(state.get("value"), str) and state["value"].strip():
            found[state["id"]["name"]] = state["value"].strip()
    return found
