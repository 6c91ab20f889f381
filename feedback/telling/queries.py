"""What somebody was told: the list in the app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.outbox.models import Notification
from feedback.telling.models import NoticeDelivery
from feedback.telling.rules.topics import Channel, Topic, kinds_of

_ABOUT = sa.and_(NoticeDelivery.notification_id == Notification.id, NoticeDelivery.channel == Channel.APP)


@dataclass(frozen=True)
class NoticeFilter:
    """Which notices."""

    unread: bool = False
    topic: Topic | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class Told:
    """One notice; the words are made from kind and params in the reader's language."""

    id: int
    kind: str
    params: dict[str, Any]
    link: str
    created_at: datetime
    read_at: datetime | None
    account_id: int | None
    account: str | None


def notices_of(
    user_id: int, wanted: NoticeFilter, *, before_id: int | None = None, offset: int = 0, limit: int = 50
) -> list[Told]:
    """What a person was told, newest first, from below an id or from a place in the list on."""
    columns = (
        Notification.id,
        Notification.kind,
        Notification.params,
        Notification.link,
        Notification.created_at,
        Notification.read_at,
        Account.id.label("account_id"),
        Account.name,
    )
    query = (
        sa.select(*columns)
        .outerjoin(NoticeDelivery, _ABOUT)
        .outerjoin(Account, Account.id == NoticeDelivery.account_id)
        .where(*_wanted(user_id, wanted))
    )
    if before_id is not None:
        query = query.where(Notification.id < before_id)
    rows = db.session.execute(query.order_by(Notification.id.desc()).offset(offset).limit(limit))
    return [Told(*row) for row in rows]


def count_notices(user_id: int, wanted: NoticeFilter) -> int:
    """How many there are."""
    query = sa.select(sa.func.count()).select_from(Notification)
    if wanted.account_id is not None:
        query = query.join(NoticeDelivery, _ABOUT)
    return db.session.scalar(query.where(*_wanted(user_id, wanted))) or 0


def accounts_told_of(user_id: int, limit: int = 200) -> Sequence[tuple[int, str]]:
    """The customers that a person was told something about, by name."""
    about = sa.select(NoticeDelivery.account_id).where(
        NoticeDelivery.user_id == user_id, NoticeDelivery.channel == Channel.APP, NoticeDelivery.notification_id.is_not(None)
    )
    query = sa.select(Account.id, Account.name).where(Account.id.in_(about)).order_by(Account.name, Account.id).limit(limit)
    return [(row.id, row.name) for row in db.session.execute(query)]


def unread_at(user_id: int, link: str) -> list[int]:
    """Unread notices that lead to a page."""
    mine = (Notification.user_id == user_id, Notification.read_at.is_(None), Notification.link == link)
    return list(db.session.scalars(sa.select(Notification.id).where(*mine)))


def is_of(user_id: int, notification_id: int) -> bool:
    """Whether it was told to this person."""
    mine = (Notification.user_id == user_id, Notification.id == notification_id)
    return db.session.scalar(sa.select(Notification.id).where(*mine)) is not None


def _wanted(user_id: int, wanted: NoticeFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [Notification.user_id == user_id]
    if wanted.unread:
        conditions.append(Notification.read_at.is_(None))
    if wanted.topic is not None:
        conditions.append(Notification.kind.in_(kinds_of(wanted.topic)))
    if wanted.account_id is not None:
        conditions.append(NoticeDelivery.account_id == wanted.account_id)
    return conditions
