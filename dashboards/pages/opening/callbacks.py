"""Switching and setting rules, and trying words."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import pressed_button
from dashboards.pages.opening.view import TIERS, field_id, found, refused_id, save_id, switch_id, words_id
from feedback.access.rules import Viewer
from feedback.issues.opening_choices import KeywordDraft, change_opening_rule, delete_keyword, preview_keyword, save_keyword
from feedback.issues.rules import Severity
from feedback.kernel.errors import Conflict, DomainError, InvalidInput
from feedback.uow import transaction

WRITE = "opening.write"
CLOSED = ""


def register(app: Dash) -> None:
    """Attach them."""
    late: Any = {"prevent_initial_call": True}
    # in a list: Dash can leave a wildcard output as it is (after a failure) only where it is one of several
    refused = [Output(refused_id(ALL), "children", allow_duplicate=True)]
    app.callback(refused, Input(switch_id(ALL), "checked"), **late)(allowed(WRITE)(switch))
    app.callback(
        refused,
        Input(save_id(ALL), "n_clicks"),
        State(field_id(ALL, ALL), "value"),
        **late,
    )(allowed(WRITE)(save_rule))
    fields = (State(words_id(ALL), "value"), State(words_id(ALL), "id"), State(words_id("active"), "checked"))
    app.callback(
        Output("words-refused", "children", allow_duplicate=True),
        Output("url", "search", allow_duplicate=True),
        Input("words-save", "n_clicks"),
        *fields,
        State("words-rule", "data"),
        **late,
    )(allowed(WRITE)(save_words))
    app.callback(
        Output("words-refused", "children", allow_duplicate=True),
        Output("words-found", "children"),
        Input("words-try", "n_clicks"),
        *fields,
        **late,
    )(allowed(WRITE)(try_words))
    app.callback(
        Output("url", "search", allow_duplicate=True), Input("words-delete", "n_clicks"), State("words-rule", "data"), **late
    )(allowed(WRITE)(delete_words))


def switch(viewer: Viewer, _checked: list[bool]) -> Any:
    """Switch one rule on or off."""
    outputs = callback_context.outputs_list[0]
    pressed, triggered = callback_context.triggered_id, callback_context.triggered
    if pressed is None or not triggered:
        return [[no_update] * len(outputs)]
    with transaction():
        change_opening_rule(pressed["rule"], active=bool(triggered[0]["value"]), params=None, actor=viewer.actor)
    return [[None] * len(outputs)]


def save_rule(viewer: Viewer, _clicks: Any, _values: Any) -> Any:
    """Store the figures of one rule."""
    outputs, pressed = callback_context.outputs_list[0], pressed_button()
    if pressed is None:
        return [[no_update] * len(outputs)]
    said = {
        state["id"]["name"]: state.get("value")
        for state in callback_context.states_list[0]
        if state["id"]["rule"] == pressed["rule"]
    }
    try:
        with transaction():
            change_opening_rule(pressed["rule"], active=None, params=_params(said), actor=viewer.actor)
        shown: Any = _("Saved.")
    except InvalidInput as error:
        shown = refusal([message for messages in error.errors.values() for message in messages])
    return [[shown if output["id"]["rule"] == pressed["rule"] else None for output in outputs]]


def _params(said: dict[str, Any]) -> dict[str, Any]:
    days = {tier: said.get(f"days_{tier}") or None for tier in TIERS if f"days_{tier}" in said}
    rest = {name: value == "yes" if name == "in_words" else value for name, value in said.items() if not name.startswith("days_")}
    return rest | ({"days": days} if days else {})


def _draft(values: list[Any], ids: list[dict[str, str]], active: bool) -> KeywordDraft:
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    phrases = {
        name.removeprefix("phrases_"): str(value or "").replace(",", "\n").split("\n")
        for name, value in said.items()
        if name.startswith("phrases_")
    }
    severity, defect = Severity(said.get("severity") or "minor"), said.get("defect") or None
    return KeywordDraft(str(said.get("name") or "").strip()[:255], phrases, severity, defect, active)


def save_words(
    viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], active: bool, rule_id: int | None
) -> Any:
    """Add or change a keyword rule, and close the form."""
    if not clicks:
        return no_update, no_update
    draft = _draft(values, ids, active)
    if not draft.name:
        return refusal([_("Give the rule a name.")]), no_update
    try:
        with transaction():
            save_keyword(draft, actor=viewer.actor, rule_id=rule_id)
    except (InvalidInput, Conflict) as error:
        return refusal(_messages(error)), no_update
    return None, CLOSED


def try_words(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]], active: bool) -> Any:
    """Show what the words would have found."""
    if not clicks:
        return no_update, no_update
    try:
        preview = preview_keyword(_draft(values, ids, active).phrases)
    except InvalidInput as error:
        return refusal(_messages(error)), None
    return None, found(preview)


def delete_words(viewer: Viewer, clicks: int | None, rule_id: int | None) -> Any:
    """Remove a keyword rule."""
    if not clicks or rule_id is None:
        return no_update
    with transaction():
        delete_keyword(rule_id, actor=viewer.actor)
    return CLOSED


def _messages(error: DomainError) -> list[str]:
    if isinstance(error, InvalidInput):
        return [message for messages in error.errors.values() for message in messages]
    return [error.message]
