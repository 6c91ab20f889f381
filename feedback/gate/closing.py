"""Closing decisions that no longer hold. A mark is set once and sealed together with the other marks of its decision."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account, AccountContact
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.gate.sealing import MARKS, seal_of_marks
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared

_CHUNK = 5000
_decisions: Any = GateDecision.__table__
_open = (_decisions.c.expired_at.is_(None), _decisions.c.invalidated_at.is_(None), _decisions.c.expires_at > sa.bindparam("now"))
_ANY_LIVE = Prepared(sa.select(_decisions.c.id).where(*_open).limit(1))
# The rows are locked, so that what is sealed is what stands there (SQLite has one writer).
_sealed_with = sa.select(*(_decisions.c[name] for name in ("id", "seal", *MARKS))).order_by(_decisions.c.id).with_for_update()
_OPEN = {name: Prepared(_sealed_with.where(in_list(_decisions.c[name], "ids"), *_open)) for name in ("account_id", "contact_id")}
_OVER = Prepared(
    _sealed_with.where(_decisions.c.expired_at.is_(None), _decisions.c.expires_at <= sa.bindparam("now")).limit(_CHUNK)
)
_accounts: Any = Account.__table__
_LOCK = Prepared(
    sa.select(_accounts.c.id).where(in_list(_accounts.c.id, "ids")).order_by(_accounts.c.id).with_for_update(key_share=True)
)
_MARK = Prepared(
    sa.update(_decisions)
    .where(_decisions.c.id == sa.bindparam("decision_id"))
    .values({name: sa.bindparam(name, type_=_decisions.c[name].type) for name in (*MARKS, "marks_seal")})
)


def invalidate_decisions(account_ids: Collection[int], because: str) -> int:
    """Close the open decisions of these accounts: something happened that they did not know. Answers how many.

    Args:
        because: what happened, such as `response:7`; shown with the decision.
    """
    return _invalidate("account_id", account_ids, because)


def invalidate_decisions_of_contacts(contact_ids: Collection[int], because: str) -> int:
    """Close the open decisions about these contacts."""
    if db.engine.dialect.name == "postgresql":
        link, ids = AccountContact, sorted(set(contact_ids))
        for start in range(0, len(ids), _CHUNK):
            accounts = sa.select(link.account_id).where(link.contact_id.in_(ids[start : start + _CHUNK])).distinct()
            _lock_accounts(sorted(db.session.scalars(accounts)))
    return _invalidate("contact_id", contact_ids, because)


def invalidate_open_decisions(because: str) -> int:
    """Close every open decision: what they were taken under does not count any more. Answers how many."""
    row, now = _decisions.c, clock.now()
    query = sa.select(row.account_id).where(*_open).distinct().order_by(row.account_id)
    accounts = list(db.session.scalars(query, {"now": now}))
    return sum(_invalidate("account_id", accounts[start : start + _CHUNK], because) for start in range(0, len(accounts), _CHUNK))


def _invalidate(column: str, ids: Collection[int], because: str) -> int:
    db.session.flush()
    connection, now = db.session.connection(), clock.now()
    ordered = sorted(set(ids))
    if not ordered:
        return 0
    if column == "account_id" and connection.dialect.name == "postgresql":
        _lock_accounts(ordered)
    elif not _ANY_LIVE.rows(connection, {"now": now}):
        return 0  # an import of old answers meets this first and goes on
    found = _OPEN[column].rows(connection, {"ids": ordered, "now": now})
    return _mark(connection, found, {"invalidated_at": now, "invalidated_by": because})


def _lock_accounts(ids: Sequence[int]) -> None:
    """Wait for decisions about these accounts that are being written; what they read is older than what we write."""
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        _LOCK.rows(db.session.connection(), {"ids": part})


def expire_decisions() -> int:
    """Mark decisions whose time is over; they were not valid any more before that. Answers how many.

    One call marks a part of them, so that nobody waits long for the writer: call it until it answers 0.
    """
    connection, now = db.session.connection(), clock.now()
    return _mark(connection, _OVER.rows(connection, {"now": now}), {"expired_at": now})


def _mark(connection: sa.Connection, found: Sequence[Any], mark: dict[str, datetime | str]) -> int:
    secret = current_app.config["SECRET_KEY"]
    rows = []
    for row in found:
        marked = row._asdict() | mark
        marks = {name: marked[name] for name in MARKS}
        rows.append({"decision_id": row.id, **marks, "marks_seal": seal_of_marks(marked, secret)})
    _MARK.each(connection, rows)
    return len(rows)
