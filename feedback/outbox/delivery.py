"""Delivering messages: at least once, with a lease, a growing pause after failures, and an end that somebody sees."""

import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.rules import FIRST_WAIT, wait_after
from feedback.uow import end_reading, transaction

log = logging.getLogger("closedloop.outbox")
BATCH = 50
ERROR_LENGTH = 500
HALTED = "NotNow: "  # begins the last error of a message that waits for no fault of its own
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class Undeliverable(Exception):
    """It will never arrive (the recipient is refused, the message is not valid): trying again has no sense."""


class NotNow(Exception):
    """Nothing of this kind can be delivered at the moment, whatever the message: that is held against none of them."""


class NotYet(Exception):
    """This message has to wait for a moment, or until then, through no fault of its own."""

    def __init__(self, reason: str, *, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.until = until


@dataclass(frozen=True)
class Message:
    """A claimed message. `attempt` tells our claim from a later one."""

    id: int
    kind: str
    key: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempt: int


@dataclass
class Delivered:
    """What one run did."""

    delivered: int = 0
    failed: int = 0
    dead: int = 0
    halted: str = ""  # why the rest waits

    def __str__(self) -> str:
        """For the run log; empty when nothing happened."""
        moved = self.delivered or self.failed or self.dead
        counts = f"{self.delivered} delivered, {self.failed} put back, {self.dead} given up" if moved else ""
        return "; ".join(part for part in (counts, self.halted) if part)


Note = Callable[[], None]
Handler = Callable[[Sequence[Message]], Note | None]


@dataclass(frozen=True)
class Handlers:
    """Who delivers which kind.

    `rows`: handlers that only write rows. They run in the transaction that marks the messages delivered: exactly once.
    `outside`: handlers whose effect leaves the building, called with one message and without a transaction: at least once.
    What such a handler answers, if anything, is called in the transaction that marks the message delivered.
    `given_up`: who hears of a message that will not be tried again, in the transaction that marks it dead.
    """

    rows: Mapping[str, Handler]
    outside: Mapping[str, Handler]
    given_up: Mapping[str, Callable[[Message, str], None]] = field(default_factory=dict)


def deliver_due(handlers: Handlers, *, lease: timedelta, without: Collection[str] = ()) -> Delivered:
    """Deliver what is due until nothing is left, but for the kinds `without`.

    Any number of processes may do this at the same time.
    """
    total = Delivered()
    others = OutboxMessage.kind.not_in(without)
    while _anything_due(others) and (messages := _claim(lease, others, BATCH)):
        for kind in dict.fromkeys(message.kind for message in messages):
            _deliver([message for message in messages if message.kind == kind], handlers, total)
    return total


def deliver_next(kind: str, handlers: Handlers, *, lease: timedelta, total: Delivered) -> bool:
    """Deliver the next due message of a kind and note in `total` what came of it; answers whether there was one."""
    of_kind = OutboxMessage.kind == kind
    messages = _claim(lease, of_kind, 1) if _anything_due(of_kind) else []
    if messages:
        _deliver(messages, handlers, total)
    return bool(messages)


def count_due(kind: str, limit: int) -> int:
    """How many messages of a kind are due, up to a limit."""
    due = sa.select(OutboxMessage.id).where(*_due(clock.now()), OutboxMessage.kind == kind).limit(limit)
    return len(db.session.scalars(due).all())


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    open_ones = (OutboxMessage.delivered_at.is_(None), OutboxMessage.dead_at.is_(None), OutboxMessage.available_at <= now)
    return (*open_ones, sa.or_(OutboxMessage.locked_until.is_(None), OutboxMessage.locked_until < now))


def _anything_due(which: sa.ColumnElement[bool]) -> bool:
    """A look without the writer's lock, which most looks do not need."""
    found = db.session.scalar(sa.select(OutboxMessage.id).where(*_due(clock.now()), which).limit(1)) is not None
    end_reading()
    return found


def _claim(lease: timedelta, which: sa.ColumnElement[bool], limit: int) -> list[Message]:
    now = clock.now()
    with transaction() as session:
        due = (
            sa.select(OutboxMessage.id)
            .where(*_due(now), which)
            .order_by(OutboxMessage.available_at, OutboxMessage.id)
            .limit(limit)
            .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer
        )
        claim = (
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_(due.scalar_subquery()))
            .values(locked_until=now + lease, attempts=OutboxMessage.attempts + 1)
            .returning(
                OutboxMessage.id,
                OutboxMessage.kind,
                OutboxMessage.key,
                OutboxMessage.payload,
                OutboxMessage.created_at,
                OutboxMessage.attempts,
            )
            .execution_options(synchronize_session=False)
        )
        return sorted((Message(*row) for row in session.execute(claim)), key=lambda message: message.id)


def _deliver(messages: Sequence[Message], handlers: Handlers, total: Delivered) -> None:
    kind = messages[0].kind
    if kind in handlers.rows:
        _deliver_rows(messages, handlers, total)
        return
    for place, message in enumerate(messages):
        try:
            _try([message], lambda one: _deliver_outside(one, handlers.outside), handlers, total)
        except NotYet as reason:
            _release([message], reason.until)
        except NotNow as reason:
            total.halted = str(reason)
            log.warning("messages of kind %s wait: %s", kind, _ADDRESS.sub("…@…", str(reason)))
            _release(messages[place:], why=f"{HALTED}{_ADDRESS.sub('…@…', str(reason))}"[:ERROR_LENGTH])
            return


def _deliver_rows(messages: Sequence[Message], handlers: Handlers, total: Delivered) -> None:
    def write(some: Sequence[Message]) -> None:
        with transaction():
            handlers.rows[some[0].kind](some)
            _mark_delivered(some)

    if len(messages) > 1:
        try:
            write(messages)
        except Exception:  # one of them is at fault: find out which, the others shall arrive
            log.info("delivering %s messages of kind %s one by one", len(messages), messages[0].kind)
        else:
            total.delivered += len(messages)
            return
    for message in messages:
        _try([message], write, handlers, total)


def _deliver_outside(messages: Sequence[Message], handlers: Mapping[str, Handler]) -> None:
    if messages[0].kind not in handlers:
        raise Undeliverable(f"nobody delivers messages of kind {messages[0].kind!r}")
    note = handlers[messages[0].kind](messages)
    with transaction():
        if note is not None:
            note()
        _mark_delivered(messages)


def _try(messages: Sequence[Message], deliver: Callable[[Sequence[Message]], None], handlers: Handlers, total: Delivered) -> None:
    try:
        deliver(messages)
    except (NotNow, NotYet):
        raise
    except Exception as error:  # a message that fails waits its turn; the ones behind it go on
        for message in messages:
            dead = _mark_failed(message, error, handlers.given_up.get(message.kind))
            total.dead += dead
            total.failed += not dead
    else:
        total.delivered += len(messages)


def _mark_delivered(messages: Sequence[Message]) -> None:
    ids = [message.id for message in messages]
    db.session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(ids), OutboxMessage.delivered_at.is_(None))
        .values(delivered_at=clock.now(), locked_until=None)
    )


def _release(messages: Sequence[Message], until: datetime | None = None, why: str | None = None) -> None:
    """Back into the queue as if nobody had tried, for a moment later."""
    at = until or clock.now() + FIRST_WAIT
    values = {"locked_until": None, "attempts": OutboxMessage.attempts - 1, "available_at": at, "last_error": why}
    with transaction() as session:
        for message in messages:
            mine = (OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempt)
            session.execute(sa.update(OutboxMessage).where(*mine, OutboxMessage.delivered_at.is_(None)).values(**values))


def _mark_failed(message: Message, error: Exception, given_up: Callable[[Message, str], None] | None) -> bool:
    """Put it back into the queue, or give up; answers whether it is dead."""
    wait = None if isinstance(error, Undeliverable) else wait_after(message.attempt)
    now = clock.now()
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    told = _ADDRESS.sub("…@…", text)  # a log outlives the person's erasure
    log.warning("message %s (%s) failed, attempt %s: %s", message.key, message.kind, message.attempt, told)
    values: dict[str, Any] = {"last_error": text, "locked_until": None}
    values |= {"dead_at": now} if wait is None else {"available_at": now + wait}
    with transaction() as session:
        # a claim that lost its lease to another process leaves the message to that one
        mine = (OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempt)
        marked = sa.update(OutboxMessage).where(*mine, OutboxMessage.delivered_at.is_(None)).values(**values)
        still_mine = session.execute(marked.returning(OutboxMessage.id)).one_or_none() is not None
        if wait is None and still_mine and given_up is not None:
            given_up(message, text)
    return wait is None
