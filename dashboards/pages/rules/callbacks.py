"""Changing the draft, trying it out, putting it in force."""

from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.pages.rules.form import EMPTY, line_of, rule_form
from dashboards.pages.rules.trial import trial
from dashboards.pages.rules.view import rule_list, saving
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.reporting.rule_board import Draft, rule_words, save_rules, try_rules

MAY = "rules.write"
_LISTED = ("rule-up", "rule-down", "rule-edit", "rule-drop")


def register(app: Dash) -> None:
    """Attach the editor."""
    late = {"prevent_initial_call": True}
    draft, stored = State("rules-draft", "data"), State("rules-stored", "data")
    app.callback(
        Output("rules-draft", "data"),
        Output("rule-place", "data"),
        Output("rules-list", "children"),
        Output("rules-saving", "children"),
        *[Input({"kind": kind, "place": ALL}, "n_clicks") for kind in _LISTED],
        Input("rule-add", "n_clicks"),
        Input("rule-keep", "n_clicks", allow_optional=True),
        Input("rule-cancel", "n_clicks", allow_optional=True),
        Input("rules-discard", "n_clicks", allow_optional=True),
        draft,
        stored,
        State("rule-place", "data"),
        State({"kind": "rule-field", "name": ALL}, "value"),
        State({"kind": "rule-switch", "name": ALL}, "checked"),
        **late,
    )(allowed(MAY)(change_draft))
    app.callback(
        Output("refresh", "data", allow_duplicate=True), Input("rules-save", "n_clicks"), draft, State("refresh", "data"), **late
    )(allowed(MAY)(save))
    app.callback(
        Output("rules-tried", "children"),
        Input("rules-try", "n_clicks"),
        draft,
        State({"kind": "trial-field", "name": ALL}, "value"),
        **late,
    )(allowed(MAY)(try_out))


def change_draft(viewer: Viewer, *given: Any) -> Any:
    """One press: a rule moves, goes, comes or changes."""
    pressed = callback_context.triggered_id
    if not pressed or not callback_context.triggered[0]["value"]:
        return (no_update,) * 4
    draft, stored, place = given[-5], given[-4], given[-3]
    kind = pressed if isinstance(pressed, str) else pressed["kind"]
    at = place if isinstance(pressed, str) else pressed["place"]
    names = rule_words()
    if kind == "rule-edit":
        form = rule_form(draft[at], names, place=at, catch_all=at == len(draft) - 1)
        return no_update, at, rule_list(draft, names, form=form, at=at + 1), no_update
    if kind == "rule-add":
        at = max(len(draft) - 1, 0)  # before the rule for everything else
        form = rule_form(EMPTY, names, place=at, catch_all=not draft)
        return no_update, -1, rule_list(draft, names, form=form, at=at), no_update
    changed = _changed(kind, at, draft, stored)
    return changed, None, rule_list(changed, names), saving(changed, stored)


def _changed(kind: str, at: int | None, draft: Draft, stored: Draft) -> Draft:
    if kind == "rules-discard":
        return stored
    changed = list(draft)
    if kind == "rule-keep":
        line = line_of(_said(-2), _said(-1))
        if at is None or at < 0:
            changed.insert(max(len(changed) - 1, 0), line)
        else:
            changed[at] = line
    elif kind == "rule-drop" and at is not None:
        del changed[at]
    elif kind in ("rule-up", "rule-down") and at is not None:
        other = at - 1 if kind == "rule-up" else at + 1
        changed[at], changed[other] = changed[other], changed[at]
    return changed


def _said(states: int) -> dict[str, Any]:
    """What stands in the fields of the form, by name."""
    return {field["id"]["name"]: field.get("value") for field in callback_context.states_list[states]}


def save(viewer: Viewer, clicks: int | None, draft: Draft, again: int | None) -> Any:
    """Put the draft in force."""
    if not clicks:
        return no_update
    save_rules(draft, viewer)
    return (again or 0) + 1


def try_out(viewer: Viewer, clicks: int | None, draft: Draft, days: list[str | None]) -> Any:
    """What the draft would have done."""
    if not clicks:
        return no_update
    if not all(days):
        raise InvalidInput({"from": [_("Choose the first and the last day.")]})
    since, until = (date.fromisoformat(str(day)[:10]) for day in days)
    return trial(viewer, try_rules(draft, since, until, viewer))
