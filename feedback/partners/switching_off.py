"""A webhook that says it is gone, or takes nothing for days, is switched off, and who set it up hears of it."""

import sqlalchemy as sa

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.queries.staffing import admin_ids
from feedback.kernel import clock
from feedback.outbox.service import enqueue_many
from feedback.partners.models import Webhook, WebhookDelivery
from feedback.partners.rules.delivering import DeliveryState, HookState, OffReason


def switch_off(webhook: Webhook, reason: OffReason) -> None:
    """Send nothing more to it. What waits is given up; it can be replayed once somebody put things right."""
    if webhook.state is HookState.OFF:
        return
    now = clock.now()
    webhook.state, webhook.off_reason = HookState.OFF, reason
    waiting = (WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state == DeliveryState.WAITING)
    given_up = {"state": DeliveryState.GIVEN_UP, "settled_at": now, "locked_until": None}
    db.session.execute(sa.update(WebhookDelivery).where(*waiting).values(**given_up))
    params = {"webhook": webhook.description or webhook.url, "because": reason.value}
    payload = {"kind": "webhook_off", "params": params, "link": f"/app/webhooks/{webhook.id}"}
    key = f"webhook-off:{webhook.id}:{now.isoformat()}"
    enqueue_many([("notify_user", f"{key}:{one}", payload | {"user_id": one}) for one in _owners(webhook)])


def _owners(webhook: Webhook) -> list[int]:
    """Who set it up, if they still work here, and the administrators."""
    kind, _, number = webhook.created_by.partition(":")
    people = set(admin_ids())
    if kind == "user" and number.isdecimal():
        active = sa.select(User.id).where(User.id == int(number), User.active)
        people |= set(db.session.scalars(active))
    return sorted(people)
