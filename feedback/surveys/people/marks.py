"""Provisional marks, and the signs that give machines away. Call the writing ones inside `transaction()`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.surveys.people.models import ProvisionalMark, ScannerSign
from feedback.surveys.people.rules import CERTAIN, TOGETHER, SignKind
from feedback.uow import GroupCommit


class Mark(NamedTuple):
    """A score that a client opened."""

    invitation_id: int
    client: str
    score: int


def leave_mark(mark: Mark) -> None:
    """Note that a score was opened, in a transaction shared with whoever does the same now."""
    _group.submit(mark)


def _leave(marks: Sequence[Mark]) -> list[None]:
    for mark in sorted(marks):  # one order for all writers: two of them never wait for each other in a circle
        _leave_one(mark, clock.now())
    return [None] * len(marks)


def _leave_one(mark: Mark, now: datetime) -> None:
    """Two scores of one link within ten seconds are a machine's: neither is kept, and nothing that follows them at once."""
    session = db.session()
    here = (ProvisionalMark.invitation_id == mark.invitation_id, ProvisionalMark.at > now - TOGETHER)
    others = session.scalars(sa.select(ProvisionalMark.id).where(*here, ProvisionalMark.score != mark.score)).all()
    if others:
        session.execute(sa.delete(ProvisionalMark).where(*here))
        note_sign(mark.invitation_id, mark.client, SignKind.TWO_SCORES)
    elif not _is_batch(mark, now):
        row = {**mark._asdict(), "at": now}
        _upsert(session, ProvisionalMark, row, ("invitation_id", "client", "score"), {"at": now})
    else:
        note_sign(mark.invitation_id, mark.client, SignKind.TWO_SCORES)


def _is_batch(mark: Mark, now: datetime) -> bool:
    """Whether somebody is walking through this link's scores right now."""
    sign = ScannerSign
    query = sa.select(sign.at).where(
        sign.invitation_id == mark.invitation_id, sign.kind == SignKind.TWO_SCORES, sign.at > now - TOGETHER
    )
    return db.session.execute(query).first() is not None


_group: GroupCommit[Mark, None] = GroupCommit(_leave)


def note_sign(invitation_id: int, client: str, kind: SignKind) -> None:
    """Remember what gave a client away, and drop the marks it left."""
    now, session = clock.now(), db.session()
    row = {"invitation_id": invitation_id, "client": client, "kind": kind, "at": now, "hits": 1}
    _upsert(session, ScannerSign, row, ("invitation_id", "client", "kind"), {"at": now, "hits": ScannerSign.hits + 1})
    mine = (ProvisionalMark.invitation_id == invitation_id, ProvisionalMark.client == client)
    session.execute(sa.delete(ProvisionalMark).where(*mine))


def last_certain_sign(invitation_id: int, client: str) -> datetime | None:
    """When this client last did at this link what no person can do."""
    sign = ScannerSign
    query = sa.select(sa.func.max(sign.at)).where(
        sign.invitation_id == invitation_id, sign.client == client, sign.kind.in_(CERTAIN)
    )
    return db.session.scalar(query)


def _upsert(session: Session, model: type[Model], row: dict[str, object], key: Sequence[str], change: dict[str, object]) -> None:
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite.insert
    statement = insert(model).values(**row)
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=change))
