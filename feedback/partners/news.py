"""Writing news for webhooks, in the transaction of its cause: one row for the news, one for each webhook that wants it."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import AccountContact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.partners.models import Webhook, WebhookDelivery, WebhookEvent
from feedback.partners.rules.delivering import DeliveryState, HookState
from feedback.partners.rules.news import NewsType
from feedback.surveys.models import Response


class News(NamedTuple):
    """What happened: ids and enumerations only, so that nothing about a person waits in a queue."""

    type: NewsType
    account_id: int | None
    data: dict[str, Any]
    occurred_at: datetime


class _Listener(NamedTuple):
    id: int
    events: Collection[str]
    active: bool


def listeners() -> list[_Listener]:
    """Every webhook and what it wants to hear."""
    rows = db.session.execute(sa.select(Webhook.id, Webhook.events, Webhook.state).order_by(Webhook.id))
    return [_Listener(row.id, frozenset(row.events), row.state is HookState.ACTIVE) for row in rows]


def is_heard(*kinds: NewsType) -> bool:
    """Whether any webhook, at work or not, wants to hear of one of these."""
    return any(set(kinds) & set(one.events) for one in listeners())


def tell(news: Sequence[News]) -> list[int]:
    """Write news and put it on its way; answers the ids of its rows.

    What a webhook that is not at work wants to hear is written too: it can be replayed to it later.
    """
    heard = listeners() if news else []
    wanted = [one for one in news if any(one.type in listener.events for listener in heard)]
    ids = []
    for one in wanted:
        event = add_event(one)
        ids.append(event.id)
        for listener in heard:
            if listener.active and one.type in listener.events:
                add_delivery(listener.id, event)
    db.session.flush()
    return ids


def add_event(news: News) -> WebhookEvent:
    """One row of news, with the id that every try of it carries."""
    public_id = f"msg_{secrets.token_urlsafe(20)}"
    event = WebhookEvent(
        public_id=public_id, type=news.type, account_id=news.account_id, data=news.data, occurred_at=news.occurred_at
    )
    db.session.add(event)
    db.session.flush()
    return event


def add_delivery(webhook_id: int, event: WebhookEvent) -> WebhookDelivery:
    """Put news on its way to one webhook."""
    now = clock.now()
    delivery = WebhookDelivery(
        webhook_id=webhook_id,
        event_id=event.id,
        account_id=event.account_id,
        state=DeliveryState.WAITING,
        attempts=0,
        next_try_at=now,
        created_at=now,
    )
    db.session.add(delivery)
    return delivery


def tell_answers(response_ids: Sequence[int]) -> None:
    """Tell of answers; those that were old when they came (`old_answer_days`) are history, not news."""
    if not is_heard(NewsType.RESPONSE_RECEIVED):
        return
    now = clock.now()
    oldest = now - timedelta(days=current_app.extensions["closedloop_settings"].old_answer_days)
    columns = (Response.id, Response.account_id, Response.contact_id, Response.version, Response.responded_at)
    found = []
    for start in range(0, len(response_ids), _CHUNK):
        ids = response_ids[start : start + _CHUNK]
        rows = db.session.execute(
            sa.select(*columns).where(Response.id.in_(ids), Response.responded_at >= oldest).order_by(Response.id)
        )
        for row in rows:
            said = {"response": {"id": row.id, "contact_id": row.contact_id, "version": row.version}}
            found.append(News(NewsType.RESPONSE_RECEIVED, row.account_id, said, now))
    tell(found)


_CHUNK = 5000


def tell_consents(contact_ids: Collection[int]) -> None:
    """Tell that contacts said something new about what we may do with them, per account that they buy for."""
    if not contact_ids or not is_heard(NewsType.CONSENT_CHANGED):
        return
    now, link = clock.now(), AccountContact
    ids = sorted(set(contact_ids))
    for start in range(0, len(ids), _CHUNK):
        part = link.contact_id.in_(ids[start : start + _CHUNK])
        rows = db.session.execute(
            sa.select(link.account_id, link.contact_id)
            .where(part, link.left_at.is_(None))
            .order_by(link.contact_id, link.account_id)
        )
        tell([News(NewsType.CONSENT_CHANGED, row.account_id, {"contact_id": row.contact_id}, now) for row in rows])
