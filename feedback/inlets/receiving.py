"""A delivery at the door: is it the sender's, and was it here before? Stored as it came, before anybody looks into it."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.extensions import db
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.rules.kinds import EventState
from feedback.kernel import clock
from feedback.uow import GroupCommit, transaction

MAX_BODY = 256 * 1024
MAX_CONTENT_TYPE = 200
_COUNT_EVERY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A delivery whose signature is right."""

    connector_id: int
    digest: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a delivery is stored; `new` is false for one that was here before."""

    event_id: int
    new: bool


def keep(arrived: Arrived) -> Kept:
    """Store a delivery, once, in a transaction that it shares with others that wait at this moment."""
    return _group.submit(arrived)


def _keep_waiting(items: Sequence[Arrived]) -> list[Kept]:
    known: dict[tuple[int, str], int] = {}
    for connector_id in {item.connector_id for item in items}:
        digests = [item.digest for item in items if item.connector_id == connector_id]
        query = sa.select(InboundEvent.digest, InboundEvent.id).where(
            InboundEvent.connector_id == connector_id, InboundEvent.digest.in_(digests)
        )
        known |= {(connector_id, digest): event_id for digest, event_id in db.session.execute(query)}
    found = []
    for item in items:
        key = (item.connector_id, item.digest)
        new = key not in known
        if new:
            known[key] = db.session.execute(sa.insert(InboundEvent).values(_row(item)).returning(InboundEvent.id)).scalar_one()
        found.append(Kept(known[key], new))
    return found


def _row(item: Arrived) -> dict[str, Any]:
    return {
        "connector_id": item.connector_id,
        "digest": item.digest,
        "body": item.body,
        "content_type": item.content_type[:MAX_CONTENT_TYPE],
        "received_at": clock.now(),
        "state": EventState.RECEIVED,
        "detail": {},
        "attempts": 0,
    }


_group: GroupCommit[Arrived, Kept] = GroupCommit(_keep_waiting)
_refused: dict[int, int] = {}
_counted_at: dict[int, datetime] = {}
_guard = threading.Lock()


def count_refused(connector_id: int) -> None:
    """Count a delivery without a right signature. Nothing else is kept, and at most one row a second is written."""
    now = clock.now()
    with _guard:
        _refused[connector_id] = _refused.get(connector_id, 0) + 1
        last = _counted_at.get(connector_id)
        if last is not None and timedelta(0) <= now - last < _COUNT_EVERY:
            return
        count, _counted_at[connector_id] = _refused.pop(connector_id), now
    with transaction():
        statement = sa.update(Connector).where(Connector.id == connector_id)
        db.session.execute(statement.values(refused=Connector.refused + count, last_refused_at=now))


_QUARANTINE_TIMES = 3  # somebody may still replay it


def forget_bodies() -> int:
    """Take the bodies out of events whose time is over; answers how many. Call inside `transaction()`.

    What stays tells a repetition from something new, and an older event from a newer one. Nobody can replay what has no body, so
    it leaves the quarantine.
    """
    now, days = clock.now(), current_app.extensions["closedloop_settings"].inbound_body_days
    settled, waiting = now - timedelta(days=days), now - timedelta(days=_QUARANTINE_TIMES * days)
    is_waiting = InboundEvent.state == EventState.QUARANTINED
    over = sa.and_(InboundEvent.received_at < settled, sa.or_(~is_waiting, InboundEvent.received_at < waiting))
    old = sa.update(InboundEvent).where(InboundEvent.body.is_not(None), over).returning(InboundEvent.id)
    forgotten = db.session.scalars(old.values(body=None, detail={})).all()
    given_up = sa.update(InboundEvent).where(is_waiting, InboundEvent.body.is_(None))
    db.session.execute(given_up.values(state=EventState.DISCARDED, trouble=None, settled_at=now))
    return len(forgotten)


_WITHOUT_ANSWER = (EventState.SUPERSEDED, EventState.REPEATED, EventState.IGNORED, EventState.DISCARDED)


def forget_receipts() -> int:
    """Delete old events that led to no answer that stands; answers how many. Call inside `transaction()`.

    The receipt of an answer stays as long as the answer: without it, an older event that is sent once more would change it.
    """
    days = current_app.extensions["closedloop_settings"].inbound_receipt_days
    answerless = sa.and_(InboundEvent.state == EventState.DONE, InboundEvent.response_id.is_(None))
    old = InboundEvent.received_at < clock.now() - timedelta(days=days)
    useless = sa.or_(InboundEvent.state.in_(_WITHOUT_ANSWER), answerless)
    statement = sa.delete(InboundEvent).where(old, useless, InboundEvent.body.is_(None))
    return len(db.session.execute(statement.returning(InboundEvent.id)).all())
