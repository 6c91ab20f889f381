"""Declaring a disruption with a look at whom it hits, ending it, withdrawing it."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import ALL, Dash, Input, Output, State, callback_context, html, no_update
from flask_babel import gettext as _

from dashboards.components.panels import panel
from dashboards.guard import allowed
from dashboards.mistakes import in_words
from dashboards.pages.disruptions.form import field_id, nobody, preview
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.disruptions import (
    DisruptionDraft,
    affected_now,
    declare_disruption,
    end_disruption,
    withdraw_disruption,
)
from feedback.outer_loop.queries.disruptions import list_accounts
from feedback.outer_loop.queries.reaching import named_accounts
from feedback.outer_loop.rules.scope import Reach
from feedback.uow import transaction

WRITE = "disruption.write"
_REACH = ("regions", "segments", "products", "accounts")


def register(app: Dash) -> None:
    """Attach the form and the end."""
    fields: Any = field_id("x") | {"name": ALL}
    late = {"prevent_initial_call": True}
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
    if not any(said.get(name) for name in _REACH):
        return nobody()
    try:
        found = affected_now(_reach(said))
    except InvalidInput as error:
        return panel(_("Whom it would hit"), html.P(in_words(error), className="cl-refusal"))
    return preview(len(found), list_accounts(found, viewer))


def _reach(said: dict[str, Any]) -> Reach:
    names = [one.strip() for one in re.split(r"[,;\n]", said.get("accounts") or "") if one.strip()]
    parts = {name: tuple(said.get(name) or ()) for name in ("regions", "segments", "products")}
    return Reach(**parts, account_ids=named_accounts(names))


def save(viewer: Viewer, clicks: int | None, values: list[Any], ids: list[dict[str, str]]) -> Any:
    """Declare it, and show it."""
    if not clicks:
        return no_update
    said = {of["name"]: value for of, value in zip(ids, values, strict=True)}
    draft = DisruptionDraft(
        title=said.get("title") or "",
        reach=_reach(said),
        starts_at=_instant("starts_at", said, viewer),
        ends_at=_instant("ends_at", said, viewer),
        message=(said.get("message") or "").strip() or None,
        holds_sales=said.get("holds_sales") != "no",
        team_id=int(said["team_id"]) if said.get("team_id") else None,
    )
    with transaction():
        made = declare_disruption(draft, viewer=viewer).id
    return f"/app/disruptions/{made}"


def _instant(name: str, said: dict[str, Any], viewer: Viewer) -> datetime | None:
    """A time typed in the viewer's zone."""
    text = said.get(name)
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput({name: [_("Write a date and a time.")]}) from None
    return (typed if typed.tzinfo else typed.replace(tzinfo=ZoneInfo(viewer.time_zone))).astimezone(UTC)


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
