"""The log of deliveries, trying one out, and sending again: one, or all of a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, NotFound, RuleViolation
from feedback.partners.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookEvent
from feedback.partners.news import News, add_delivery, add_event
from feedback.partners.payloads import body_of
from feedback.partners.rules.delivering import DeliveryState, HookState
from feedback.partners.rules.news import NewsType
from feedback.partners.sending import claim, try_delivery
from feedback.partners.webhooks import get_webhook
from feedback.uow import is_writing, transaction

MOST_AGAIN = 100_000  # deliveries of one replay


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries are shown; None: any."""

    webhook_id: int | None = None
    state: DeliveryState | None = None
    type: NewsType | None = None
    account_id: int | None = None


def _where(wanted: DeliveryFilter) -> list[sa.ColumnElement[bool]]:
    named = (
        (wanted.webhook_id, WebhookDelivery.webhook_id),
        (wanted.state, WebhookDelivery.state),
        (wanted.type, WebhookEvent.type),
        (wanted.account_id, WebhookDelivery.account_id),
    )
    return [column == value for value, column in named if value is not None]


_COLUMNS = (
    WebhookDelivery.id,
    WebhookDelivery.webhook_id,
    WebhookEvent.public_id,
    WebhookEvent.type,
    WebhookDelivery.account_id,
    WebhookDelivery.state,
    WebhookDelivery.attempts,
    WebhookDelivery.next_try_at,
    WebhookDelivery.created_at,
    WebhookDelivery.settled_at,
    WebhookEvent.occurred_at,
    Webhook.url,
)
_FROM = (
    sa.select(*_COLUMNS)
    .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
    .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
)


def list_deliveries(wanted: DeliveryFilter, *, limit: int, before_id: int | None = None, offset: int = 0) -> Sequence[Any]:
    """Deliveries, the newest first."""
    older = [WebhookDelivery.id < before_id] if before_id is not None else []
    query = _FROM.where(*_where(wanted), *older).order_by(WebhookDelivery.id.desc()).limit(limit).offset(offset)
    return db.session.execute(query).all()


def count_deliveries(wanted: DeliveryFilter) -> int:
    """How many there are."""
    query = (
        sa.select(sa.func.count()).select_from(WebhookDelivery).join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
    )
    return db.session.scalar(query.where(*_where(wanted))) or 0


def count_by_state(webhook_id: int) -> Mapping[DeliveryState, int]:
    """How many deliveries of a webhook are in each state."""
    query = sa.select(WebhookDelivery.state, sa.func.count()).where(WebhookDelivery.webhook_id == webhook_id)
    found = {row[0]: row[1] for row in db.session.execute(query.group_by(WebhookDelivery.state))}
    return {state: found.get(state, 0) for state in DeliveryState}


@dataclass(frozen=True)
class DeliveryDetails:
    """One delivery with what it carries, as it would be sent now, and every try."""

    row: Any
    payload: str
    attempts: Sequence[WebhookAttempt]


def get_delivery(delivery_id: int) -> DeliveryDetails:
    """One delivery.

    Raises:
        NotFound: there is none, or its time is over.
    """
    row = db.session.execute(_FROM.where(WebhookDelivery.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound
    tries = sa.select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id).order_by(WebhookAttempt.id)
    event = db.session.scalars(sa.select(WebhookEvent).where(WebhookEvent.public_id == row.public_id)).one()
    payload = body_of(event, details=get_webhook(row.webhook_id).details)
    return DeliveryDetails(row, payload, db.session.scalars(tries).all())


def send_test(webhook_id: int, *, actor: str) -> DeliveryDetails:
    """Send a test event at once, whether the webhook is switched on or not; answers what came back.

    Raises:
        NotFound: there is no such webhook.
        Conflict: it was asked for with an `Idempotency-Key`: nothing may be sent in the transaction that keeps the answer.
    """
    if is_writing():
        raise Conflict("A test is sent at once: ask for it without Idempotency-Key.")
    with transaction():
        get_webhook(webhook_id)
        said = {"message": "closedloop can reach you. Nothing happened to any customer."}
        delivery = add_delivery(webhook_id, add_event(News(NewsType.TEST, None, said, clock.now())))
        db.session.flush()
        delivery_id = delivery.id
        audit.record(actor, "webhook.tested", "webhook", webhook_id)
    claimed = claim(delivery_id)
    if claimed is not None:
        try_delivery(claimed)
    return get_delivery(delivery_id)


def send_again(delivery_id: int, *, actor: str) -> None:
    """Put a delivery back into the queue, under the same `webhook-id`. Call inside `transaction()`.

    Raises:
        NotFound: there is none.
        RuleViolation: its webhook is switched off.
    """
    delivery = db.session.get(WebhookDelivery, delivery_id)
    if delivery is None:
        raise NotFound
    _check_active(get_webhook(delivery.webhook_id))
    _wait_again([delivery_id])
    audit.record(actor, "webhook.redelivered", "webhook", delivery.webhook_id, delivery_id=delivery_id)


def replay(webhook_id: int, since: datetime, until: datetime, types: Collection[NewsType] = (), *, actor: str) -> int:
    """Send again all that happened in a time (`until` exclusive), and what the webhook missed while it was off.

    Answers how many deliveries. Consumers know repeats by `webhook-id`. Call inside `transaction()`.

    Raises:
        NotFound: there is no such webhook.
        RuleViolation: it is switched off, or there is too much at once.
    """
    webhook = get_webhook(webhook_id)
    _check_active(webhook)
    wanted = [kind for kind in NewsType if kind.value in webhook.events and (not types or kind in types)]
    mine = sa.and_(WebhookDelivery.event_id == WebhookEvent.id, WebhookDelivery.webhook_id == webhook_id)
    query = sa.select(WebhookEvent, WebhookDelivery.id.label("delivery_id")).outerjoin(WebhookDelivery, mine)
    during = (WebhookEvent.occurred_at >= since, WebhookEvent.occurred_at < until, WebhookEvent.type.in_(wanted))
    rows = db.session.execute(query.where(*during).order_by(WebhookEvent.id).limit(MOST_AGAIN + 1)).all()
    if len(rows) > MOST_AGAIN:
        raise RuleViolation(f"These are more than {MOST_AGAIN} events: choose a shorter time.")
    for event, delivery_id in rows:
        if delivery_id is None:
            add_delivery(webhook_id, event)
    _wait_again([delivery_id for _event, delivery_id in rows if delivery_id is not None])
    db.session.flush()
    audit.record(
        actor, "webhook.replayed", "webhook", webhook_id, since=since.isoformat(), until=until.isoformat(), count=len(rows)
    )
    return len(rows)


def _check_active(webhook: Webhook) -> None:
    if webhook.state is not HookState.ACTIVE:
        raise RuleViolation("This webhook is switched off: switch it on first.")


_PART = 5000


def _wait_again(delivery_ids: Sequence[int]) -> None:
    values = {"state": DeliveryState.WAITING, "attempts": 0, "next_try_at": clock.now(), "locked_until": None, "settled_at": None}
    for start in range(0, len(delivery_ids), _PART):
        part = WebhookDelivery.id.in_(delivery_ids[start : start + _PART])
        db.session.execute(sa.update(WebhookDelivery).where(part).values(**values))
