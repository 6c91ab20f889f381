"""Another look at events, one or all."""

import time
from typing import Any

from dash import ALL, Dash, Input, Output, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from feedback.access.auth import check_may
from feedback.access.rules import Viewer
from feedback.accounts.service import create_account
from feedback.closed_loop import inbound
from feedback.inlets import queries
from feedback.kernel.errors import RuleViolation
from feedback.uow import end_reading, transaction


def register(app: Dash) -> None:
    """Attach the callbacks of both pages."""
    late = {"prevent_initial_call": True}
    app.callback(
        Output("refresh", "data", allow_duplicate=True), Input({"kind": "inbound-all", "connector": ALL}, "n_clicks"), **late
    )(allowed("inbound.write")(replay_all))
    app.callback(
        Output("refresh", "data", allow_duplicate=True),
        Input({"kind": "inbound-step", "step": ALL, "event": ALL}, "n_clicks"),
        **late,
    )(allowed("inbound.write")(take_step))


def replay_all(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Look once more into everything in quarantine."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    ids = queries.quarantined_ids(pressed["connector"] or None)
    end_reading()
    inbound.replay_many(ids, actor=viewer.actor)
    return time.monotonic()


def take_step(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Replay, discard, or add the account that is missing and replay."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    event_id, step = int(pressed["event"]), pressed["step"]
    if step == "discard":
        with transaction():
            inbound.discard(event_id, actor=viewer.actor)
        return time.monotonic()
    if step == "create":
        _create_account(viewer, event_id)
    end_reading()
    inbound.process(inbound.Task(event_id, actor=viewer.actor))
    return time.monotonic()


def _create_account(viewer: Viewer, event_id: int) -> None:
    check_may(viewer, "account.write")
    check_may(viewer, "identity.write")
    with transaction():
        event, _connector = queries.get_event(event_id)
        code = str(event.detail.get("found", "")).strip()
        if not code:
            raise RuleViolation(_("The event names no account."))
        create_account({"external_id": code, "name": code}, actor=viewer.actor)
