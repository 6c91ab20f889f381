"""Provisional marks, and the signs that give machines away. Call the writing ones inside `transaction()`."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.db import Model
from feedback.kernel.prepared import Prepared, every_column
from feedback.surveys.people.models import ProvisionalMark, ScannerSign
from feedback.surveys.people.rules import TOGETHER, SignKind
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
    _do_not_wait_for_the_disk()
    left = sorted(marks)  # one order for all writers: two of them never wait for each other in a circle
    while left:
        of_link = {mark.invitation_id: mark for mark in reversed(left)}
        _leave_round(sorted(of_link.values()), clock.now())
        left = [mark for mark in left if of_link[mark.invitation_id] is not mark]  # of one link: one after the other
    return [None] * len(marks)


def _do_not_wait_for_the_disk() -> None:
    """A power cut may cost the marks of the last half second, which were never answers: nobody waits for a page because of it."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        _NO_WAIT.rows(connection, {})


def _leave_round(marks: Sequence[Mark], now: datetime) -> None:
    """Two scores of one link within ten seconds are a machine's: neither is kept, and nothing that follows them at once."""
    connection, links = db.session.connection(), [mark.invitation_id for mark in marks]
    here = {"ids": links, "since": now - TOGETHER}
    recent = _RECENT.rows(connection, here)
    opened = {(row.invitation_id, row.score) for row in recent}
    by_client = {(row.invitation_id, row.client) for row in recent}
    others = {mark.invitation_id for mark in marks if opened & _other_scores(mark)}
    if others:
        _FORGET_RECENT.change(connection, {**here, "ids": sorted(others)})
    machines = others | {row.invitation_id for row in _BATCH.rows(connection, here)}
    for mark in marks:
        if mark.invitation_id in machines:
            alone = mark.invitation_id in others and (mark.invitation_id, mark.client) not in by_client
            note_sign(mark.invitation_id, SEVERAL if alone else mark.client, SignKind.TWO_SCORES)
    left = [{**mark._asdict(), "at": now} for mark in marks if mark.invitation_id not in machines]
    _MARK[connection.dialect.name].each(connection, left)


def _other_scores(mark: Mark) -> set[tuple[int, int]]:
    return {(mark.invitation_id, score) for score in range(11) if score != mark.score}


SEVERAL = "several"  # the client of a sign that no single one gave: two devices of one person may be behind it
_group: GroupCommit[Mark, None] = GroupCommit(_leave)


def note_sign(invitation_id: int, client: str, kind: SignKind) -> None:
    """Remember what gave a client away, and drop the marks it left."""
    connection, mine = db.session.connection(), {"invitation_id": invitation_id, "client": client}
    _SIGN[connection.dialect.name].each(connection, [{**mine, "kind": kind, "at": clock.now(), "hits": 1}])
    _FORGET_MINE.change(connection, mine)


def last_sign(invitation_id: int, client: str, kinds: Collection[SignKind]) -> datetime | None:
    """When this client last did one of these things at this link."""
    rows = _SIGNS.rows(db.session.connection(), {"invitation_id": invitation_id, "client": client})
    return max((row.at for row in rows if row.kind in kinds), default=None)


def _upsert(model: type[Model], key: Sequence[str], change: Callable[[Any], dict[str, Any]]) -> dict[str, Prepared]:
    """By database: insert a row, or change the one with this key."""
    table: Any = model.__table__
    prepared = {}
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert)):
        statement: Any = insert(table).values(every_column(table))
        change_to = change(statement.excluded)
        prepared[name] = Prepared(statement.on_conflict_do_update(index_elements=list(key), set_=change_to))
    return prepared


_marks: Any = ProvisionalMark.__table__
_mark, _sign = _marks.c, ScannerSign.__table__.c
_RECENT_HERE = (in_list(_mark.invitation_id, "ids"), _mark.at > sa.bindparam("since", type_=_mark.at.type))
_MINE = (_mark.invitation_id == sa.bindparam("invitation_id"), _mark.client == sa.bindparam("client"))
_RECENT = Prepared(sa.select(_mark.invitation_id, _mark.client, _mark.score).where(*_RECENT_HERE))
_FORGET_RECENT = Prepared(sa.delete(_marks).where(*_RECENT_HERE))
_FORGET_MINE = Prepared(sa.delete(_marks).where(*_MINE))
_MARK = _upsert(ProvisionalMark, ("invitation_id", "client", "score"), lambda new: {"at": new.at})
_SIGN = _upsert(
    ScannerSign, ("invitation_id", "client", "kind"), lambda new: {"at": new.at, "hits": ScannerSign.__table__.c.hits + 1}
)
_NO_WAIT = Prepared(sa.select(sa.func.set_config("synchronous_commit", "off", sa.true())))
_BATCH = Prepared(
    sa.select(_sign.invitation_id).where(
        in_list(_sign.invitation_id, "ids"),
        _sign.kind == SignKind.TWO_SCORES,
        _sign.at > sa.bindparam("since", type_=_sign.at.type),
    )
)
_SIGNS = Prepared(
    sa.select(_sign.at, _sign.kind).where(
        _sign.invitation_id == sa.bindparam("invitation_id"), _sign.client == sa.bindparam("client")
    )
)
