"""What became of each notice on each way: handed over or not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel.errors import NotFound, RuleViolation
from feedback.outbox.models import Notification, OutboxMessage
from feedback.outbox.service import send_again
from feedback.telling.models import NoticeDelivery
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.topics import Channel


class Fate(StrEnum):
    """How far a notice came."""

    HANDED_OVER = "handed_over"
    KEPT_HERE = "kept_here"
    ON_ITS_WAY = "on_its_way"
    WAITING = "waiting"
    NOT_SENT = "not_sent"
    GAVE_UP = "gave_up"
    TAKEN_BACK = "taken_back"


_HINDRANCES = (Reason.NO_ADDRESS, Reason.NO_CHANNEL, Reason.LEFT)


@dataclass(frozen=True)
class LogFilter:
    """Which lines."""

    fate: Fate | None = None
    channel: Channel | None = None
    user_id: int | None = None
    undelivered: bool = False  # what reached nobody, and not because they wished so


@dataclass(frozen=True)
class LogLine:
    """One notice to one person on one way."""

    id: int
    created_at: datetime
    user_id: int
    person: str
    channel: Channel
    kind: str
    params: dict[str, Any] | None  # None: taken back
    link: str | None
    fate: Fate
    reason: Reason | None
    due_at: datetime | None
    at: datetime | None  # when it was handed over, or given up
    read_at: datetime | None
    attempts: int
    error: str | None


def _fate() -> sa.ColumnElement[str]:
    """From the row and its message in the outbox: there is no second record that could tell another story."""
    row, message = NoticeDelivery, OutboxMessage
    final = sa.and_(row.outbox_key.is_(None), row.due_at.is_(None), row.reason.is_not(None))
    gone = sa.and_(row.outbox_key.is_(None), row.notification_id.is_(None))
    return sa.case(
        (final, Fate.NOT_SENT.value),
        (gone, Fate.TAKEN_BACK.value),
        (row.channel == Channel.APP, Fate.HANDED_OVER.value),
        (row.outbox_key.is_(None), Fate.WAITING.value),
        (message.id.is_(None), Fate.TAKEN_BACK.value),
        (sa.and_(message.delivered_at.is_not(None), row.kept_here), Fate.KEPT_HERE.value),
        (message.delivered_at.is_not(None), Fate.HANDED_OVER.value),
        (message.dead_at.is_not(None), Fate.GAVE_UP.value),
        else_=Fate.ON_ITS_WAY.value,
    )


def lines(wanted: LogFilter, *, before_id: int | None = None, offset: int = 0, limit: int = 50) -> list[LogLine]:
    """The log, newest first."""
    handed = sa.func.coalesce(OutboxMessage.delivered_at, OutboxMessage.dead_at, type_=OutboxMessage.delivered_at.type)
    in_app = sa.case((NoticeDelivery.channel == Channel.APP, NoticeDelivery.created_at), else_=handed)
    columns = (
        NoticeDelivery.id,
        NoticeDelivery.created_at,
        User.id,
        User.name,
        NoticeDelivery.channel,
        NoticeDelivery.kind,
        Notification.params,
        Notification.link,
        _fate(),
        NoticeDelivery.reason,
        NoticeDelivery.due_at,
        in_app,
        Notification.read_at,
        sa.func.coalesce(OutboxMessage.attempts, 0),
        OutboxMessage.last_error,
    )
    query = _joined(sa.select(*columns)).where(*_wanted(wanted))
    if before_id is not None:
        query = query.where(NoticeDelivery.id < before_id)
    found = db.session.execute(query.order_by(NoticeDelivery.id.desc()).offset(offset).limit(limit))
    return [_line(row) for row in found]


def _line(row: Any) -> LogLine:
    values = list(row)
    values[8] = Fate(row[8])
    return LogLine(*values)


def count_lines(wanted: LogFilter) -> int:
    """How many there are."""
    count = sa.select(sa.func.count()).select_from(NoticeDelivery)
    query = count if wanted.fate in {None, Fate.GAVE_UP} else _joined(count)
    return db.session.scalar(query.where(*_wanted(wanted))) or 0


def people_told(limit: int = 500) -> Sequence[tuple[int, str]]:
    """Everybody in the log, by name."""
    told = sa.select(NoticeDelivery.user_id).distinct()
    query = sa.select(User.id, User.name).where(User.id.in_(told)).order_by(User.name, User.id).limit(limit)
    return [(row.id, row.name) for row in db.session.execute(query)]


def retry(line_id: int, *, actor: str) -> None:
    """Try once more what was given up. Call inside `transaction()`.

    Raises:
        NotFound: there is no such line.
        RuleViolation: it was not given up.
    """
    key = db.session.execute(sa.select(NoticeDelivery.outbox_key).where(NoticeDelivery.id == line_id)).one_or_none()
    if key is None:
        raise NotFound
    if _again([key[0]]) == 0:
        raise RuleViolation("Only what was given up can be tried again.")
    audit.record(actor, "notice.retried", "notice_delivery", line_id)


def retry_all(*, actor: str) -> int:
    """Try once more all that was given up; answers how many messages. Call inside `transaction()`."""
    keys = sa.select(NoticeDelivery.outbox_key).where(NoticeDelivery.outbox_key.is_not(None))
    dead = sa.select(OutboxMessage.key).where(OutboxMessage.dead_at.is_not(None), OutboxMessage.key.in_(keys))
    count = _again(list(db.session.scalars(dead)))
    if count:
        audit.record(actor, "notice.all_retried", "notice_delivery", 0, count=count)
    return count


def _again(keys: Sequence[str | None]) -> int:
    ids = db.session.scalars(sa.select(OutboxMessage.id).where(OutboxMessage.key.in_([key for key in keys if key])))
    return send_again(list(ids))


def _joined(query: sa.Select[Any]) -> sa.Select[Any]:
    return (
        query.join(User, User.id == NoticeDelivery.user_id)
        .outerjoin(Notification, Notification.id == NoticeDelivery.notification_id)
        .outerjoin(OutboxMessage, OutboxMessage.key == NoticeDelivery.outbox_key)
    )


def _given_up() -> sa.ColumnElement[bool]:
    dead = sa.select(OutboxMessage.key).where(OutboxMessage.dead_at.is_not(None))
    return NoticeDelivery.outbox_key.in_(dead)


def _hindered() -> sa.ColumnElement[bool]:
    row = NoticeDelivery
    return sa.and_(row.outbox_key.is_(None), row.due_at.is_(None), row.reason.in_(_HINDRANCES))


def _wanted(wanted: LogFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.undelivered:
        conditions.append(sa.or_(_given_up(), NoticeDelivery.kept_here, _hindered()))
    if wanted.fate is Fate.GAVE_UP:  # asked for with each look at the log, and nearly always about few
        conditions.append(_given_up())
    elif wanted.fate is not None:
        conditions.append(_fate() == wanted.fate.value)
    if wanted.channel is not None:
        conditions.append(NoticeDelivery.channel == wanted.channel)
    if wanted.user_id is not None:
        conditions.append(NoticeDelivery.user_id == wanted.user_id)
    return conditions
