"""The lines under a person's bell, in their language."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.outbox.models import Notification
from feedback.outbox.service import mark_read
from feedback.outbox.wording import wording
from feedback.telling.queries import unread_at
from feedback.uow import transaction

LIMIT = 20


@dataclass(frozen=True)
class Notice:
    """One line."""

    text: str
    link: str
    created_at: datetime
    unread: bool


def count_unread(viewer: Viewer) -> int:
    """Lines that the person has not seen yet."""
    query = sa.select(sa.func.count()).where(Notification.user_id == viewer.user_id, Notification.read_at.is_(None))
    return db.session.scalar(query) or 0


def list_notices(viewer: Viewer) -> list[Notice]:
    """The newest lines, unread ones first."""
    query = (
        sa.select(Notification.kind, Notification.params, Notification.link, Notification.created_at, Notification.read_at)
        .where(Notification.user_id == viewer.user_id)
        .order_by(Notification.read_at.is_not(None), Notification.created_at.desc(), Notification.id.desc())
        .limit(LIMIT)
    )
    return [
        Notice(wording(kind, params).title, link, created_at, read_at is None)
        for kind, params, link, created_at, read_at in db.session.execute(query)
    ]


def read_notices(viewer: Viewer, notification_id: int | None = None) -> None:
    """The person has read everything, or this one."""
    if viewer.user_id is not None:
        with transaction():
            mark_read(viewer.user_id, None if notification_id is None else [notification_id])


def read_here(viewer: Viewer, path: str) -> int | None:
    """Who opens what a notice is about has read it; answers how many are unread then, None if there was none about it."""
    if viewer.user_id is None or not (found := unread_at(viewer.user_id, path)):
        return None
    with transaction():
        mark_read(viewer.user_id, found)
    return count_unread(viewer)
