"""Setting up webhooks, trying them out, sending again."""

import time
from typing import Any

from dash import ALL, Dash, Input, Output, State, callback_context, dcc, html, no_update
from flask_babel import gettext as _
from flask_babel import ngettext

from dashboards.components.buttons import link_button
from dashboards.components.numbers import number
from dashboards.guard import allowed
from dashboards.mistakes import clear_marks
from dashboards.pages.connectors.listing import shown_once
from feedback.access.rules import Viewer
from feedback.kernel.errors import InvalidInput
from feedback.partners import deliveries, webhooks
from feedback.partners.rules.delivering import DeliveryState, HookState
from feedback.partners.rules.news import NewsType
from feedback.uow import transaction
from feedback.web.typed_times import instant_of

_LATE: Any = {"prevent_initial_call": True}
_REFRESH = Output("refresh", "data", allow_duplicate=True)
_SAID = Output("webhook-said", "children", allow_duplicate=True)
_MAY = allowed("webhook.write")
_ID = State("webhook-id", "data")


def _fields(prefix: str) -> list[State]:
    texts = [State(f"{prefix}-{name}", "value") for name in ("url", "description", "events")]
    return [*texts, State(f"{prefix}-details", "checked")]


def register(app: Dash) -> None:
    """Attach the callbacks of all pages."""
    made = Output("webhook-made", "children")
    app.callback(made, Input("webhook-save", "n_clicks"), *_fields("webhook"), **_LATE)(_MAY(make))
    app.callback(_REFRESH, Input("webhook-keep", "n_clicks"), _ID, *_fields("webhook-change"), **_LATE)(_MAY(keep))
    app.callback(_REFRESH, Input("webhook-switch", "n_clicks"), _ID, **_LATE)(_MAY(switch))
    app.callback(_SAID, Input("webhook-test", "n_clicks"), _ID, **_LATE)(_MAY(test))
    app.callback(_SAID, Input("webhook-renew", "n_clicks"), _ID, **_LATE)(_MAY(renew))
    app.callback(_SAID, Input("webhook-remove", "n_clicks"), _ID, **_LATE)(_MAY(remove))
    app.callback(_REFRESH, Input({"kind": "webhook-again", "delivery": ALL}, "n_clicks"), **_LATE)(_MAY(send_again))
    app.callback(
        Output("webhook-replayed", "children"),
        Input("webhook-replay", "n_clicks"),
        _ID,
        State("webhook-since", "value"),
        State("webhook-until", "value"),
        **_LATE,
    )(_MAY(replay))


def make(viewer: Viewer, clicks: int | None, url: str, text: str, events: list[str], details: bool) -> Any:
    """Store a new webhook, and show its secret once."""
    if not clicks:
        return no_update
    draft = webhooks.WebhookDraft(url or "", [NewsType(event) for event in events or []], text or "", bool(details))
    with transaction():
        webhook, secret = webhooks.create_webhook(draft, actor=viewer.actor)
        page = f"/app/webhooks/{webhook.id}"
    clear_marks()
    said = _("Made. Enter the secret in the other system now: it is not shown again. Then send a test event from its page.")
    return shown_once(said, (_("Secret"), secret), go_on=html.Div(link_button(_("To its page"), page)))


def keep(viewer: Viewer, clicks: int | None, webhook_id: int, url: str, text: str, events: list[str], details: bool) -> Any:
    """Change what it is told."""
    if not clicks:
        return no_update
    chosen = [NewsType(event) for event in events or []]
    values = {"url": url or "", "description": text or "", "events": chosen, "details": bool(details)}
    with transaction():
        webhooks.change_webhook(webhook_id, values, actor=viewer.actor)
    clear_marks()
    return time.monotonic()


def switch(viewer: Viewer, clicks: int | None, webhook_id: int) -> Any:
    """Pause it, or switch it on."""
    if not clicks:
        return no_update
    with transaction():
        active = webhooks.get_webhook(webhook_id).state is HookState.ACTIVE
        webhooks.change_webhook(webhook_id, {"active": not active}, actor=viewer.actor)
    return time.monotonic()


def test(viewer: Viewer, clicks: int | None, webhook_id: int) -> Any:
    """Send a test event now, and say what came back."""
    if not clicks:
        return no_update
    found = deliveries.send_test(webhook_id, actor=viewer.actor)
    tried = found.attempts[-1]
    back = tried.error or _("Status %(status)s: %(answer)s", status=tried.status, answer=(tried.answer or "–")[:200])
    head = _("It was taken.") if found.row.state is DeliveryState.DELIVERED else _("It was not taken.")
    return [head, " ", back, " ", dcc.Link(_("Look at it"), href=f"/app/webhooks/deliveries/{found.row.id}")]


def renew(viewer: Viewer, clicks: int | None, webhook_id: int) -> Any:
    """A new secret, shown once."""
    if not clicks:
        return no_update
    with transaction():
        secret = webhooks.renew_secret(webhook_id, actor=viewer.actor)
    said = _("Enter it in the other system within a day: until then we sign with the old one too. It is not shown again.")
    return shown_once(said, (_("Secret"), secret))


def remove(viewer: Viewer, clicks: int | None, webhook_id: int) -> Any:
    """Forget it."""
    if not clicks:
        return no_update
    with transaction():
        webhooks.remove_webhook(webhook_id, actor=viewer.actor)
    return [_("Removed."), " ", link_button(_("All webhooks"), "/app/webhooks")]


def send_again(viewer: Viewer, clicks: list[int | None]) -> Any:
    """Put one delivery back into the queue."""
    pressed = callback_context.triggered_id
    if not pressed or not any(clicks):
        return no_update
    with transaction():
        deliveries.send_again(int(pressed["delivery"]), actor=viewer.actor)
    return time.monotonic()


def replay(viewer: Viewer, clicks: int | None, webhook_id: int, since: str | None, until: str | None) -> Any:
    """Send a time again."""
    if not clicks:
        return no_update
    begin = instant_of(since, viewer.time_zone, field="since")
    end = instant_of(until, viewer.time_zone, field="until")
    if begin is None or end is None or begin >= end:
        raise InvalidInput({"until": [_("The end has to come after the beginning.")]})
    with transaction():
        count = deliveries.replay(webhook_id, begin, end, actor=viewer.actor)
    clear_marks()
    return ngettext("%(count)s delivery is on its way.", "%(count)s deliveries are on their way.", count, count=number(count))
