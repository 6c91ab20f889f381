"""Buttons of rows that each have their own fields: what was said beside the one that was pressed, and the refusal shown there."""

from collections.abc import Callable
from typing import Any

from dash import callback_context, no_update

from dashboards.pages.issues.actions import refusal
from dashboards.pages.issues.callbacks import pressed_button, reasons_of
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.uow import transaction

Act = Callable[[dict[str, Any], dict[str, str]], None]


def act_on_row(kind: str, again: int | None, act: Act) -> Any:
    """Do it in one transaction with the pressed button and the fields of its row.

    Answers the refusals by row, of which at most the pressed one's says something, and the count that has the page drawn again.
    """
    pressed = pressed_button()
    outputs = callback_context.outputs_list[0]
    if pressed is None:
        return [no_update] * len(outputs), no_update
    said = {
        state["id"]["name"]: str(state.get("value") or "").strip()
        for state in callback_context.states_list[0]
        if state["id"][kind] == pressed[kind]
    }
    try:
        with transaction():
            act(pressed, said)
    except (RuleViolation, InvalidInput) as error:
        shown = refusal(reasons_of(error))
        return [shown if output["id"][kind] == pressed[kind] else None for output in outputs], no_update
    return [None] * len(outputs), (again or 0) + 1
