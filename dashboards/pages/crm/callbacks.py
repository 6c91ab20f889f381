"""Connecting CRMs, trying and running them, deciding what holds."""

import time
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import link_button
from dashboards.components.numbers import number
from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.pages.crm.words import in_words
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.partners.crm import conflicts, connections
from feedback.partners.crm.overview import try_connection
from feedback.partners.crm.port import CrmFailed, CrmWaits
from feedback.partners.crm.rules import Side, Vendor
from feedback.partners.crm.running import run_connection
from feedback.partners.watching import follow_watchers
from feedback.uow import transaction

_LATE: Any = {"prevent_initial_call": True}
_REFRESH = Output("refresh", "data", allow_duplicate=True)
_SAID = Output("crm-said", "children", allow_duplicate=True)
_MAY = allowed("crm.write")
_ID = State("crm-id", "data")
_TEXTS = ("code", "vendor", "address", "client_id", "secret")


def register(app: Dash) -> None:
    """Attach the callbacks of both pages."""
    new = [*(State(f"crm-{name}", "value") for name in _TEXTS), State("crm-push", "checked")]
    app.callback(Output("crm-made", "children"), Input("crm-save", "n_clicks"), *new, **_LATE)(_MAY(make))
    changed = [State("crm-change-owners", "value"), State("crm-change-push", "checked"), State("crm-change-secret", "value")]
    app.callback(_REFRESH, Input("crm-keep", "n_clicks"), _ID, *changed, **_LATE)(_MAY(keep))
    app.callback(_REFRESH, Input("crm-switch", "n_clicks"), _ID, **_LATE)(_MAY(switch))
    app.callback(_SAID, Input("crm-test", "n_clicks"), _ID, **_LATE)(_MAY(test))
    app.callback(_REFRESH, Input("crm-dry", "n_clicks"), _ID, **_LATE)(_MAY(say_what_would_happen))
    app.callback(_REFRESH, Input("crm-run", "n_clicks"), _ID, **_LATE)(_MAY(run_now))
    pressed = Input({"kind": "crm-decide", "conflict": ALL, "keep": ALL}, "n_clicks")
    app.callback(_REFRESH, pressed, **_LATE)(_MAY(decide))


def make(viewer: Viewer, clicks: int | None, *values: Any) -> Any:
    """Connect a CRM, paused."""
    if not clicks:
        return no_update
    code, vendor, address, client_id, secret, push = values
    if not secret:
        raise InvalidInput({"secret": [_("Enter the secret.")]})
    draft = connections.CrmDraft(
        *(code or "", Vendor(vendor), secret, address or ""), client_id=client_id or None, push=bool(push), active=False
    )
    with transaction():
        page = f"/app/crm/{connections.create_connection(draft, actor=viewer.actor).id}"
        follow_watchers()
    clear_marks()
    return [_("Connected, and paused."), " ", link_button(_("To its page"), page)]


def keep(viewer: Viewer, clicks: int | None, connection_id: int, ours: list[str], push: bool, secret: str | None) -> Any:
    """Change whose fields are whose, whether standings go back, and the secret if one was written."""
    if not clicks:
        return no_update
    values = {"owners": dict.fromkeys(ours or [], Side.OURS), "push": bool(push)} | ({"secret": secret} if secret else {})
    with transaction():
        connections.change_connection(connection_id, values, actor=viewer.actor)
        follow_watchers()
    clear_marks()
    return time.monotonic()


def switch(viewer: Viewer, clicks: int | None, connection_id: int) -> Any:
    """Pause it, or switch it on."""
    if not clicks:
        return no_update
    with transaction():
        active = connections.get_connection(connection_id).active
        connections.change_connection(connection_id, {"active": not active}, actor=viewer.actor)
        follow_watchers()
    return time.monotonic()


def test(viewer: Viewer, clicks: int | None, connection_id: int) -> Any:
    """Ask it for its first customers, and write nothing."""
    if not clicks:
        return no_update
    try:
        count = try_connection(connection_id)
    except (CrmFailed, CrmWaits) as error:
        return [in_words(str(error)), " (", str(error), ")"]
    return ngettext(
        "It answers, with %(count)s customer on its first page. Nothing was written.",
        "It answers, with %(count)s customers on its first page. Nothing was written.",
        count,
        count=number(count),
    )


def say_what_would_happen(viewer: Viewer, clicks: int | None, connection_id: int) -> Any:
    """A run that writes nothing but its own row."""
    return _run(clicks, connection_id, dry=True)


def run_now(viewer: Viewer, clicks: int | None, connection_id: int) -> Any:
    """A run."""
    return _run(clicks, connection_id, dry=False)


def _run(clicks: int | None, connection_id: int, *, dry: bool) -> Any:
    if not clicks:
        return no_update
    run_connection(connection_id, dry=dry)
    return time.monotonic()


def decide(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Keep our value, or take the CRM's."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    with transaction():
        conflicts.decide(int(pressed["conflict"]), Side(pressed["keep"]), actor=viewer.actor)
    return time.monotonic()
