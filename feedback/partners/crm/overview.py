"""What there is to see of CRM connections: their runs, how far each kind was taken, and whether a CRM answers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel.db import EPOCH
from feedback.partners.crm.connections import crm_of, get_connection
from feedback.partners.crm.models import CrmCursor, CrmRun
from feedback.partners.crm.rules import Kind
from feedback.uow import end_reading


def list_runs(connection_id: int, *, limit: int) -> Sequence[CrmRun]:
    """The newest first."""
    mine = sa.select(CrmRun).where(CrmRun.connection_id == connection_id)
    return db.session.scalars(mine.order_by(CrmRun.id.desc()).limit(limit)).all()


def find_last_run(connection_id: int) -> CrmRun | None:
    """The newest run that was not only tried."""
    mine = sa.select(CrmRun).where(CrmRun.connection_id == connection_id, CrmRun.dry.is_(False))
    return db.session.scalars(mine.order_by(CrmRun.id.desc()).limit(1)).first()


def taken_up_to(connection_id: int) -> Mapping[Kind, datetime]:
    """The last change of the CRM that was taken, of each kind that was taken at all."""
    rows = db.session.scalars(sa.select(CrmCursor).where(CrmCursor.connection_id == connection_id)).all()
    return {row.kind: _reached(row.position) for row in rows}


def _reached(position: Mapping[str, Any]) -> datetime:
    """HubSpot counts milliseconds, Salesforce writes the time."""
    if "until" in position:
        return datetime.fromisoformat(str(position["until"])).astimezone(UTC)
    return EPOCH + timedelta(milliseconds=int(position.get("since", 0)))


def try_connection(connection_id: int) -> int:
    """Ask for its first page of customers and write nothing; answers how many are on it. Call outside a transaction.

    Raises:
        NotFound: there is no such CRM.
        CrmFailed: it does not answer as it should.
        CrmWaits: it asks for a pause.
    """
    crm = crm_of(get_connection(connection_id))
    end_reading()
    return len(crm.pull(Kind.ACCOUNTS, {}).records)
