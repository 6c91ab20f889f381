"""Writing messages that leave after commit."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.kernel.prepared import Prepared, every_column
from feedback.outbox.models import Notification, OutboxMessage


def enqueue(kind: str, key: str, payload: dict[str, Any]) -> None:
    """Write one message in the transaction of its cause; the same key a second time has no effect."""
    enqueue_many([(kind, key, payload)])


def enqueue_many(messages: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Write messages (kind, key, payload); keys that exist already are left alone."""
    if not messages:
        return
    now = clock.now()
    rows = [
        {"kind": kind, "key": key, "payload": payload, "created_at": now, "available_at": now, "attempts": 0}
        for kind, key, payload in messages
    ]
    connection = db.session.connection()
    _insert_messages(connection.dialect.name).each(connection, rows)


def recall(keys: Sequence[str]) -> None:
    """Take back what staff were to be told (by key) and have not read or been sent yet."""
    waiting = [*keys, *(f"mail:{key}" for key in keys)]
    undelivered = (OutboxMessage.key.in_(waiting), OutboxMessage.delivered_at.is_(None))
    db.session.execute(sa.delete(OutboxMessage).where(*undelivered))
    db.session.execute(sa.delete(Notification).where(Notification.message_key.in_(keys), Notification.read_at.is_(None)))


def mark_read(user_id: int, notification_ids: Sequence[int] | None = None) -> int:
    """Take lines off a person's bell (all without ids); answers how many were unread."""
    statement = sa.update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    if notification_ids is not None:
        statement = statement.where(Notification.id.in_(notification_ids))
    result = db.session.execute(statement.values(read_at=clock.now()).returning(Notification.id))
    return len(result.all())


def send_again(message_ids: Sequence[int]) -> int:
    """Put messages that were given up back into the queue; answers how many."""
    statement = sa.update(OutboxMessage).where(OutboxMessage.id.in_(message_ids), OutboxMessage.dead_at.is_not(None))
    values = {"dead_at": None, "attempts": 0, "available_at": clock.now(), "locked_until": None}
    return len(db.session.execute(statement.values(**values).returning(OutboxMessage.id)).all())


def add_notifications(rows: Sequence[dict[str, Any]]) -> None:
    """Write lines for the bell; one that a person has already (by its message key) is left alone."""
    if rows:
        insert = _insert_into(Notification).on_conflict_do_nothing(index_elements=["user_id", "message_key"])
        db.session.execute(insert, list(rows))


@lru_cache(maxsize=2)
def _insert_messages(dialect: str) -> Prepared:
    table: Any = OutboxMessage.__table__
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return Prepared(insert.values(every_column(table)).on_conflict_do_nothing(index_elements=["key"]))


def _insert_into(model: type[Model]) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(model) if db.engine.dialect.name == "postgresql" else sqlite.insert(model)
