"""Another try, and chats: set up, changed, tried out, removed."""

import time
from typing import Any

from dash import ALL, MATCH, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _

from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.pages.deliveries.chats import COMPANY
from feedback.access.rules import Viewer
from feedback.telling import hooks, log
from feedback.telling.rules.topics import Topic
from feedback.telling.trial import try_hook
from feedback.uow import transaction

_LATE: Any = {"prevent_initial_call": True}
_REFRESH = Output("refresh", "data", allow_duplicate=True)
_MAY = allowed("telling.write")


def register(app: Dash) -> None:
    """Attach the callbacks of both pages."""
    app.callback(_REFRESH, Input({"kind": "delivery-retry", "line": ALL}, "n_clicks"), **_LATE)(_MAY(retry_one))
    app.callback(_REFRESH, Input("deliveries-retry-all", "n_clicks"), **_LATE)(_MAY(retry_all))
    app.callback(
        _REFRESH,
        Input("chat-new-save", "n_clicks"),
        State("chat-new-name", "value"),
        State("chat-new-team", "value"),
        State("chat-new-address", "value"),
        State("chat-new-topics", "value"),
        State("chat-new-names", "checked"),
        **_LATE,
    )(_MAY(set_up))
    app.callback(_REFRESH, Input({"kind": "chat-remove", "hook": ALL}, "n_clicks"), **_LATE)(_MAY(remove))
    said = Output({"kind": "chat-said", "hook": MATCH}, "children", allow_duplicate=True)
    app.callback(said, Input({"kind": "chat-test", "hook": MATCH}, "n_clicks"), **_LATE)(_MAY(try_out))
    app.callback(
        said,
        Input({"kind": "chat-save", "hook": MATCH}, "n_clicks"),
        State({"kind": "chat-field", "name": "address", "hook": MATCH}, "value"),
        State({"kind": "chat-field", "name": "topics", "hook": MATCH}, "value"),
        State({"kind": "chat-field", "name": "names", "hook": MATCH}, "checked"),
        State({"kind": "chat-field", "name": "active", "hook": MATCH}, "checked"),
        **_LATE,
    )(_MAY(save))


def retry_one(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Put one line back into the queue."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    with transaction():
        log.retry(int(pressed["line"]), actor=viewer.actor)
    return time.monotonic()


def retry_all(viewer: Viewer, clicks: int | None) -> Any:
    """Put everything that was given up back into the queue."""
    if not clicks:
        return no_update
    with transaction():
        log.retry_all(actor=viewer.actor)
    return time.monotonic()


def set_up(
    viewer: Viewer, clicks: int | None, name: str | None, team: str, address: str | None, topics: list[str], names: bool
) -> Any:
    """Store a new chat."""
    if not clicks:
        return no_update
    team_id = None if team == COMPANY else int(team)
    chosen = [Topic(topic) for topic in topics or ()]
    draft = hooks.HookDraft(name or "", address or "", team_id, chosen, bool(names))
    with transaction():
        hooks.create_hook(draft, actor=viewer.actor)
    clear_marks()
    return time.monotonic()


def remove(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Forget a chat."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    with transaction():
        hooks.remove_hook(int(pressed["hook"]), actor=viewer.actor)
    return time.monotonic()


def try_out(viewer: Viewer, clicks: int | None) -> Any:
    """Send a message, and say what came back."""
    if not clicks:
        return no_update
    found = try_hook(int(callback_context.triggered_id["hook"]))
    if found.took_it:
        return _("It took the message: %(status)s %(said)s", status=found.status, said=found.said)
    if found.status is None:
        return _("Nothing came back: %(said)s", said=found.said)
    return _("It refused the message: %(status)s %(said)s", status=found.status, said=found.said)


def save(viewer: Viewer, clicks: int | None, address: str | None, topics: list[str] | None, names: bool, active: bool) -> Any:
    """Store what was changed."""
    if not clicks:
        return no_update
    values: dict[str, Any] = {"topics": [Topic(one) for one in topics or ()], "names": bool(names), "active": bool(active)}
    if (address or "").strip():
        values["address"] = address
    with transaction():
        hooks.change_hook(int(callback_context.triggered_id["hook"]), values, actor=viewer.actor)
    clear_marks()
    return _("Saved.")
