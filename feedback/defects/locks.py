"""Transaction locks by purpose. SQLite has one writer, so there the transaction itself is the lock."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.kernel.prepared import Prepared

CATALOGUE = 0x0DEFEC7
FOLD = 0x0F01D
ACCEPTOR = 0x0A45E2  # serialises acceptors and whoever changes what they stored


def hold(session: Session, lock: int) -> None:
    """Wait for the lock and keep it until the transaction ends."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _HOLD.rows(connection, {"lock": lock})


_HOLD = Prepared(sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("lock"))))


def try_hold(session: Session, lock: int) -> bool:
    """Take the lock if nobody has it; it is kept until the transaction ends."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(sa.select(sa.func.pg_try_advisory_xact_lock(lock))).scalar_one())
