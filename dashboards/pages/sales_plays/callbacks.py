"""Answering the question of a sales play, taking it, and dismissing it."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update

from dashboards.guard import allowed
from dashboards.pages.issues.actions import refusal
from dashboards.pages.sales_plays import logging
from feedback.access.rules import Viewer
from feedback.kernel.errors import Forbidden, InvalidInput, RuleViolation
from feedback.selling.rules import Answer
from feedback.selling.service import WORK, answer_play, dismiss_play, take_play
from feedback.uow import transaction


def register(app: Dash) -> None:
    """Attach the buttons of each card."""
    app.callback(
        Output({"kind": "play-refused", "id": ALL}, "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "sales-play", "act": ALL, "id": ALL}, "n_clicks"),
        State({"kind": "play-note", "id": ALL}, "value"),
        State({"kind": "play-note", "id": ALL}, "id"),
        State("refresh", "data"),
        prevent_initial_call=True,
    )(allowed(WORK)(act))
    logging.register(app)


def act(viewer: Viewer, _clicks: Any, notes: list[Any], ids: list[dict[str, Any]], again: int | None) -> Any:
    """Do what the pressed button says with its play."""
    places, triggered = callback_context.outputs_list[0], callback_context.triggered
    pressed: Any = callback_context.triggered_id if triggered and triggered[0]["value"] else None
    if pressed is None:
        return [no_update] * len(places), no_update
    said = {of["id"]: (value or "").strip() for of, value in zip(ids, notes, strict=True)}
    try:
        with transaction():
            step(viewer, pressed["act"], pressed["id"], said.get(pressed["id"], ""))
    except InvalidInput as error:
        shown = refusal([text for texts in error.errors.values() for text in texts])
    except (RuleViolation, Forbidden) as error:
        shown = refusal([error.message])
    else:
        return [None] * len(places), (again or 0) + 1
    return [shown if place["id"]["id"] == pressed["id"] else None for place in places], no_update


def step(viewer: Viewer, act: str, play_id: int, words: str) -> None:
    """One step with a play, in the current transaction."""
    if act == "take":
        take_play(play_id, viewer)
    elif act == "dismiss":
        dismiss_play(play_id, words, viewer)
    else:
        answer_play(play_id, Answer(act), viewer, note=words)
