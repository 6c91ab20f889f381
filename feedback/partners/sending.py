"""Sending news: at least once, in the order of what happened to each account, each try signed anew and kept.

A delivery is claimed with a lease, tried without a transaction, and settled in one. Whoever is stopped between the try and the
settling leaves a lease that runs out: then it is tried again, under the same `webhook-id`. The next news of an account waits
until the one before it was taken, or given up after about a day; news of other accounts goes on.
"""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import aliased

from feedback.egress.fetching import Call, FetchFailed, call
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.concealing import Unreadable
from feedback.partners.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookEvent
from feedback.partners.payloads import body_of
from feedback.partners.rules.delivering import (
    Came,
    DeliveryState,
    HookState,
    OffReason,
    Verdict,
    asked_wait,
    has_failed_for_long,
    judge,
    wait_after,
)
from feedback.partners.rules.news import NewsType
from feedback.partners.signing import signed_headers
from feedback.partners.switching_off import switch_off
from feedback.partners.webhooks import get_webhook, secrets_of
from feedback.uow import end_reading, transaction

KEPT_ANSWER = 1024  # bytes of what came back
LEASE = timedelta(seconds=60)  # a try takes 20 seconds at most
MOST = 500  # deliveries to one webhook in one run
SIDE_BY_SIDE, TOGETHER = 2, 8  # tries at the same time: to one webhook, to all of them
_random = secrets.SystemRandom()


class Claimed(NamedTuple):
    """A delivery that is ours for the time of the lease. `attempt` tells our claim from a later one."""

    id: int
    attempt: int


class _Letter(NamedTuple):
    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Sent:
    """What one run did."""

    taken: int = 0
    again: int = 0
    off: int = 0

    def __str__(self) -> str:
        """For the run log; empty when nothing happened."""
        parts = ((self.taken, "taken"), (self.again, "to be tried again or given up"), (self.off, "webhooks switched off"))
        return ", ".join(f"{count} {what}" for count, what in parts if count)


def send_due() -> Sent:
    """Send what is due to every webhook; several at a time, so that a slow one holds up no other."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    due = sa.select(WebhookDelivery.webhook_id).join(Webhook, Webhook.id == WebhookDelivery.webhook_id).where(*_due())
    ids = list(db.session.scalars(due.distinct().order_by(WebhookDelivery.webhook_id)))
    end_reading()
    total = Sent()
    if ids:
        with ThreadPoolExecutor(min(TOGETHER, len(ids) * SIDE_BY_SIDE), thread_name_prefix="webhook") as pool:
            tasks = [pool.submit(copy_context().run, _send_to, app, webhook_id) for webhook_id in ids * SIDE_BY_SIDE]
            for sent in [task.result() for task in tasks]:
                total.taken, total.again, total.off = total.taken + sent.taken, total.again + sent.again, total.off + sent.off
    return total


def _send_to(app: Flask, webhook_id: int) -> Sent:
    sent = Sent()
    with app.app_context():
        for _delivery in range(MOST):
            claimed = claim_next(webhook_id)
            if claimed is None:
                break
            verdict = try_delivery(claimed)
            sent.taken += verdict is Verdict.TAKEN
            sent.again += verdict is Verdict.AGAIN
            sent.off += verdict is Verdict.GONE
            if verdict is not Verdict.TAKEN:
                break  # it had its chance in this run
    return sent


def _due() -> tuple[Any, ...]:
    now = clock.now()
    free = sa.or_(WebhookDelivery.locked_until.is_(None), WebhookDelivery.locked_until < now)
    return (
        WebhookDelivery.state == DeliveryState.WAITING,
        WebhookDelivery.next_try_at <= now,
        free,
        Webhook.state == HookState.ACTIVE,
    )


def claim_next(webhook_id: int) -> Claimed | None:
    """Take the next delivery to a webhook: one before which no earlier news of its account waits."""
    earlier, now = aliased(WebhookDelivery), clock.now()
    before = sa.exists().where(
        earlier.webhook_id == WebhookDelivery.webhook_id,
        earlier.account_id == WebhookDelivery.account_id,
        earlier.state == DeliveryState.WAITING,
        earlier.event_id < WebhookDelivery.event_id,
    )
    next_one = (
        sa.select(WebhookDelivery.id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.webhook_id == webhook_id, *_due(), sa.not_(before))
        .order_by(WebhookDelivery.next_try_at, WebhookDelivery.event_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookDelivery)  # PostgreSQL; SQLite has one writer
    )
    with transaction() as session:
        found = session.scalar(next_one)
        return None if found is None else _claim(found, now + LEASE)


def claim(delivery_id: int) -> Claimed | None:
    """Take this very delivery, if nobody else has it; for a try that somebody waits for."""
    with transaction() as session:
        free = sa.or_(WebhookDelivery.locked_until.is_(None), WebhookDelivery.locked_until < clock.now())
        found = session.scalar(sa.select(WebhookDelivery.id).where(WebhookDelivery.id == delivery_id, free).with_for_update())
        return None if found is None else _claim(found, clock.now() + LEASE)


def _claim(delivery_id: int, until: Any) -> Claimed:
    taken = sa.update(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
    values = {"locked_until": until, "attempts": WebhookDelivery.attempts + 1}
    row = db.session.execute(taken.values(**values).returning(WebhookDelivery.id, WebhookDelivery.attempts)).one()
    return Claimed(*row)


def try_delivery(claimed: Claimed) -> Verdict:
    """Send it, and keep what came of it. Call outside a transaction: the other side may take seconds."""
    delivery = db.session.get(WebhookDelivery, claimed.id)
    if delivery is None:  # its webhook was removed meanwhile
        return Verdict.AGAIN
    try:
        letter = _letter(get_webhook(delivery.webhook_id), db.session.get_one(WebhookEvent, delivery.event_id))
    except Unreadable:
        came = Came(None, {}, b"", "the secret key of this installation was changed: renew the secret", 0)
    else:
        end_reading()  # no transaction stays open while the other side thinks
        came = _post(letter)
    with transaction():
        return _settle(claimed, came)


def _letter(webhook: Webhook, event: WebhookEvent) -> _Letter:
    body = body_of(event, details=webhook.details)
    own = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "closedloop"}
    return _Letter(webhook.url, own | signed_headers(event.public_id, clock.now(), body, secrets_of(webhook)), body.encode())


def _post(letter: _Letter) -> Came:
    hosts, started = current_app.extensions["closedloop_settings"].private_hosts, time.perf_counter()
    try:
        answer = call(letter.url, Call("POST", letter.headers, letter.body, KEPT_ANSWER, cut=True), private_hosts=hosts)
    except FetchFailed as error:
        return Came(None, {}, b"", str(error), _milliseconds(started))
    return Came(answer.status, answer.headers, answer.body, None, _milliseconds(started))


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _settle(claimed: Claimed, came: Came) -> Verdict:
    """Keep the try; the delivery itself changes only if the claim is still ours."""
    verdict = judge(came.status)
    # the webhook before its deliveries, as whoever switches it off needs them all: two tries would wait for each other
    webhook_id = db.session.scalar(sa.select(WebhookDelivery.webhook_id).where(WebhookDelivery.id == claimed.id))
    if webhook_id is None or db.session.get(Webhook, webhook_id, with_for_update=True) is None:
        return verdict
    delivery = db.session.get(WebhookDelivery, claimed.id, with_for_update=True)
    if delivery is None:
        return verdict
    _keep(claimed, came)
    mine = delivery.attempts == claimed.attempt and delivery.state is DeliveryState.WAITING
    if db.session.get_one(WebhookEvent, delivery.event_id).type is NewsType.TEST:
        delivery.state = DeliveryState.DELIVERED if verdict is Verdict.TAKEN else DeliveryState.GIVEN_UP
        delivery.locked_until, delivery.settled_at = None, clock.now()
        return verdict
    if mine:
        _move_on(delivery, verdict, came)
    _judge_webhook(get_webhook(delivery.webhook_id), verdict)
    return verdict


def _keep(claimed: Claimed, came: Came) -> None:
    text = came.body.decode("utf-8", "replace").replace("\x00", "�") or None
    tried = WebhookAttempt(
        delivery_id=claimed.id, at=clock.now(), took_ms=came.took_ms, status=came.status, answer=text, error=came.error
    )
    db.session.add(tried)


def _judge_webhook(webhook: Webhook, verdict: Verdict) -> None:
    now = clock.now()
    if verdict is Verdict.TAKEN:
        webhook.failing_since, webhook.last_taken_at = None, now
        return
    webhook.failing_since = webhook.failing_since or now
    db.session.flush()
    if verdict is Verdict.GONE:
        switch_off(webhook, OffReason.GONE)
    elif has_failed_for_long(webhook.failing_since, now):
        switch_off(webhook, OffReason.FAILING)


def _move_on(delivery: WebhookDelivery, verdict: Verdict, came: Came) -> None:
    now = clock.now()
    delivery.locked_until = None
    if verdict is Verdict.TAKEN:
        delivery.state, delivery.settled_at = DeliveryState.DELIVERED, now
        return
    asked = asked_wait(came.headers.get("retry-after", ""), now)
    wait = wait_after(delivery.attempts, _random.random(), asked) if verdict is Verdict.AGAIN else None
    if wait is None:
        delivery.state, delivery.settled_at = DeliveryState.GIVEN_UP, now
    else:
        delivery.next_try_at = now + wait
