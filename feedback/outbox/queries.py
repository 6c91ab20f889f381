"""What is under a person's bell, and which messages were given up."""

from collections.abc import Sequence

import sqlalchemy as sa

from feedback.extensions import db
from feedback.outbox.models import Notification, OutboxMessage


def notifications_of(
    user_id: int, *, unread_only: bool = False, before_id: int | None = None, limit: int = 50
) -> list[Notification]:
    """Lines under a person's bell, newest first, starting below the id `before_id`."""
    query = sa.select(Notification).where(Notification.user_id == user_id)
    if unread_only:
        query = query.where(Notification.read_at.is_(None))
    if before_id is not None:
        query = query.where(Notification.id < before_id)
    return list(db.session.scalars(query.order_by(Notification.id.desc()).limit(limit)))


def count_unread(user_id: int) -> int:
    """The number on the bell."""
    query = sa.select(sa.func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return db.session.scalar(query) or 0


def dead_messages(limit: int = 200) -> Sequence[OutboxMessage]:
    """Messages that were given up, newest first."""
    query = sa.select(OutboxMessage).where(OutboxMessage.dead_at.is_not(None)).order_by(OutboxMessage.id.desc())
    return db.session.scalars(query.limit(limit)).all()
