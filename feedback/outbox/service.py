"""Writing messages that leave after commit."""

from collections.abc import Sequence
from typing import Any

from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage


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
    if db.engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    db.session.execute(insert(OutboxMessage).on_conflict_do_nothing(index_elements=["key"]), rows)
