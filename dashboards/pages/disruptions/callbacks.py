"""Declaring a disruption with a look at whom it hits, ending it, withdrawing it."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, html, no_update
from flask_babel import gettext as _

from dashboards.components.panels import panel
from dashboards.components.scope import is_named, reach_of, register_picker
from dashboards.guard import allowed
from dashboards.mistakes import in_words
from dashboards.pages.disruptions.form import SHOWN, field_id, nobody, preview, words_field
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.disruptions import (
    DisruptionDraft,
    count_affected,
    declare_disruption,
    end_disruption,
    withdraw_disruption,
)
from feedback.outer_loop.queries.disruptions import list_reached
from feedback.reporting.outer_loop_board import list_languages
from feedback.uow import transaction
from feedback.web.typed_times import instant_of

WRITE = "disruption.write"


def register(app: Dash) -> None:
    """Attach the form and the end."""
    fields: Any = field_id("x") | {"name": ALL}
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
        State("disruption-note", "value"),
        State("refresh", "data"),
        **late,
    )(allowed(WRITE)(move))


def look(viewer: Viewer, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """Whom it would affect; what is wrong with the list is said there."""
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    if not is_named(said):
        return nobody()
    try:
        reach = reach_of(said)
        found = count_affected(reach)
    except InvalidInput as error:
        return panel(_("Whom it would hit"), html.P(in_words(error), className="cl-refusal"))
    return preview(found, list_reached(reach, viewer, permission=WRITE, limit=SHOWN))


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


def move(viewer: Viewer, _clicks: Any, note: str | None, again: int | None) -> Any:
    """End it, or withdraw it."""
    pressed = callback_context.triggered_id if callback_context.triggered and callback_context.triggered[0]["value"] else None
    if pressed is None:
        return no_update
    with transaction():
        if pressed["to"] == "over":
            end_disruption(pressed["disruption"], viewer=viewer)
        else:
            withdraw_disruption(pressed["disruption"], note=note, viewer=viewer)
    return (again or 0) + 1
