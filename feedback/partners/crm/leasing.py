"""One run of a connection at a time, in whatever process: a lease in its row, renewed with each page, that ends by itself.

Call inside `transaction()`. A run that keeps its lease in the transaction of a page writes nothing after another took over.
"""

import secrets
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import Conflict
from feedback.partners.crm.models import CrmConnection, CrmRun
from feedback.partners.crm.port import CrmFailed
from feedback.partners.crm.rules import RunState

LEASE = timedelta(minutes=3)  # longer than the slowest page: a log-in and two tries of a call
STOPPED = "the run was stopped in the middle; the next one went on there"


def take_lease(connection_id: int) -> str:
    """Begin: answers the lease, and ends in the log what a killed run left open.

    Raises:
        Conflict: a run of it goes on.
    """
    lease, now = secrets.token_hex(8), clock.now()
    free = sa.or_(CrmConnection.leased_until.is_(None), CrmConnection.leased_until <= now)
    if not _set((CrmConnection.id == connection_id, free), leased_by=lease, leased_until=now + LEASE):
        raise Conflict("A run of this CRM goes on already; one that was killed is given up after three minutes.")
    left = sa.update(CrmRun).where(CrmRun.connection_id == connection_id, CrmRun.state == RunState.RUNNING)
    db.session.execute(left.values(state=RunState.FAILED, error=STOPPED, ended_at=now))
    return lease


def keep_lease(connection_id: int, lease: str) -> None:
    """Go on.

    Raises:
        CrmFailed: it took too long, and another run has begun.
    """
    mine = (CrmConnection.id == connection_id, CrmConnection.leased_by == lease)
    if not _set(mine, leased_until=clock.now() + LEASE):
        raise CrmFailed("another run took over")


def end_lease(connection_id: int, lease: str) -> None:
    """The next run may begin."""
    _set((CrmConnection.id == connection_id, CrmConnection.leased_by == lease), leased_by=None, leased_until=None)


def _set(which: tuple[Any, ...], **values: Any) -> bool:
    changed = db.session.execute(sa.update(CrmConnection).where(*which).values(**values).returning(CrmConnection.id))
    return changed.first() is not None
