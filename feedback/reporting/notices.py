"""The lines under a person's bell, in their language."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import Notification
from feedback.outbox.wording import wording
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


def read_notices(viewer: Viewer) -> None:
    """The person has opened the bell: everything up to now is read."""
    with transaction() as session:
        session.execute(
            sa.update(Notification)
            .where(Notification.user_id == viewer.user_id, Notification.read_at.is_(None))
            .values(read_at=clock.now())
        )
