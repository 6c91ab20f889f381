"""Declaring a disruption with a look at whom it hits, ending it, withdrawing it."""

from collections.abc import Callable, Mapping
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, html, no_update
from flask_babel import gettext as _

from dashboards.components.panels import panel
from dashboards.components.scope import is_named, known_reach_of, reach_of, register_picker
from dashboards.components.unread import unread_lines
from dashboards.guard import allowed
from dashboards.mistakes import in_words
from dashboards.pages.disruptions import correcting
from dashboards.pages.disruptions.form import LISTED, field_id, nobody, preview, unknown_ids, words_field
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.disruptions import (
    DisruptionDraft,
    change_disruption,
    count_affected,
    declare_disruption,
    end_disruption,
    withdraw_disruption,
)
from feedback.outer_loop.queries.disruptions import get_disruption, list_reached
from feedback.outer_loop.queries.unread import unread_words
from feedback.reporting.outer_loop_board import list_languages
from feedback.uow import transaction
from feedback.web.typed_times import instant_of

WRITE = "disruption.write"


def register(app: Dash) -> None:
    """Attach the form and the end."""
    fields: Any = field_id("x") | {"name": ALL}
    ended: Any = correcting.end_id("x") | {"name": ALL}
    late = {"prevent_initial_call": True}
    register_picker(app, field_id, WRITE)
    app.callback(Output("disruption-preview", "children"), Input(fields, "value"), State(fields, "id"), **late)(
        allowed(WRITE)(look)
    )
    app.callback(
        Output("url", "pathname", allow_duplicate=True),
        Input("disruption-save", "n_clicks"),
        State(fields, "value"),
        State(fields, "id"),
        **late,
    )(allowed(WRITE)(save))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "disruption-move", "to": ALL, "disruption": ALL}, "n_clicks"),
        State(ended, "value"),
        State(ended, "id"),
        State("refresh", "data"),
        **late,
    )(allowed(WRITE)(move))
    words: Any = correcting.field_id("x") | {"name": ALL}
    app.callback(
        Output("disruption-words-refused", "children"),
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "disruption-words-save", "disruption": ALL}, "n_clicks"),
        State(words, "value"),
        State(words, "id"),
        State("refresh", "data"),
        **late,
    )(allowed(WRITE)(press_correct))


def look(viewer: Viewer, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """Whom it would affect, as far as the list can be read; what belongs to no account is said beside it."""
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    if not is_named(said):
        return nobody()
    reach, unknown = known_reach_of(said)
    if reach.is_everybody:  # nothing but ids of nobody
        return panel(_("Whom it would hit"), unknown_ids(unknown))
    try:
        found = count_affected(reach)
    except InvalidInput as error:
        return panel(_("Whom it would hit"), [*unknown_ids(unknown), html.P(in_words(error), className="cl-refusal")])
    unread = [*unknown_ids(unknown), *unread_lines(unread_words(reach, _written(said, viewer)))]
    return preview(found, list_reached(reach, viewer, permission=WRITE, limit=LISTED), unread)


def _written(said: dict[str, Any], viewer: Viewer) -> list[str]:
    """Languages with all words: what has happened, and what is told where anything is told at all."""
    titles, messages = _words("title", said, viewer), _words("message", said, viewer)
    wanted = [titles, messages] if any(messages.values()) else [titles]
    return [code for code in titles if all(texts[code].strip() for texts in wanted)]


def save(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """Declare it, and show it."""
    if not clicks:
        return no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    draft = DisruptionDraft(
        title=_words("title", said, viewer),
        reach=reach_of(said),
        starts_at=instant_of(said.get("starts_at"), viewer.time_zone, field="starts_at"),
        ends_at=instant_of(said.get("ends_at"), viewer.time_zone, field="ends_at"),
        message=_words("message", said, viewer),
        holds_sales=said.get("holds_sales") != "no",
        team_id=int(said["team_id"]) if said.get("team_id") else None,
    )
    with transaction():
        made = declare_disruption(draft, viewer=viewer).id
    return f"/app/disruptions/{made}"


def _words(name: str, said: dict[str, Any], viewer: Viewer) -> dict[str, str]:
    languages = list_languages(viewer)
    return {code: said.get(words_field(name, code, languages)) or "" for code in languages}


def move(viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], again: int | None) -> Any:
    """End it, let it go on, or withdraw it."""
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    pressed = callback_context.triggered_id if callback_context.triggered and callback_context.triggered[0]["value"] else None
    if pressed is None:
        return no_update
    with transaction():
        MOVES[pressed["to"]](pressed["disruption"], said, viewer)
    return (again or 0) + 1


def press_correct(viewer: Viewer, _clicks: Any, values: list[Any], ids: list[dict[str, str]], again: int | None) -> Any:
    """Save the words of the disruption whose button was pressed."""
    pressed = callback_context.triggered_id if callback_context.triggered and callback_context.triggered[0]["value"] else None
    if pressed is None:
        return no_update, no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    try:
        correct(pressed["disruption"], said, viewer)
    except InvalidInput as error:
        return html.P(in_words(error), className="cl-refusal"), no_update
    return None, (again or 0) + 1


def correct(disruption_id: int, said: dict[str, Any], viewer: Viewer) -> None:
    """Say it in other words from now on."""
    line = get_disruption(disruption_id, viewer, permission=WRITE)
    asked = {of.partition("_")[0] for of in said}
    words = {name: _other_languages(getattr(line, f"{name}s"), viewer) | _words(name, said, viewer) for name in asked}
    with transaction():
        change_disruption(disruption_id, words, viewer=viewer)


def _other_languages(texts: Mapping[str, str], viewer: Viewer) -> dict[str, str]:
    """What was written in languages that the form does not ask for: nobody took it back."""
    return {code: text for code, text in texts.items() if code not in list_languages(viewer)}


def _end(disruption_id: int, said: dict[str, Any], viewer: Viewer) -> object:
    return end_disruption(disruption_id, outcome=_words("outcome", said, viewer), viewer=viewer)


def _go_on(disruption_id: int, _said: dict[str, Any], viewer: Viewer) -> object:
    return change_disruption(disruption_id, {"ends_at": None}, viewer=viewer)


def _withdraw(disruption_id: int, said: dict[str, Any], viewer: Viewer) -> object:
    return withdraw_disruption(disruption_id, note=said.get("note"), viewer=viewer)


MOVES: Mapping[str, Callable[[int, dict[str, Any], Viewer], object]] = {
    "over": _end,
    "active": _go_on,
    "withdrawn": _withdraw,
}
