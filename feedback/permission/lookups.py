"""Who looked up what a person allows: each look is on record in the audit, and the person is told of it with everything else."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.audit import service as audit
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.uow import transaction

ACTION, OBJECT = "consent.looked_up", "contact"


class Looked(StrEnum):
    """At what somebody looked."""

    LEDGER = "ledger"  # everything the person said
    RECEIPT = "receipt"
    FILE = "file"  # everything that is held about the person


class Lookup(NamedTuple):
    """One look."""

    at: datetime
    actor: str
    what: str


def note_lookup(contact_id: int, what: Looked, viewer: Viewer) -> None:
    """Keep that somebody looked, in a transaction of its own: reading goes on."""
    with transaction():
        audit.record(viewer.actor, ACTION, OBJECT, contact_id, what=what.value)


def lookups_of(contact_id: int, *, limit: int | None = 50) -> Sequence[Lookup]:
    """Who looked, the newest first."""
    query = (
        sa.select(AuditEvent.occurred_at, AuditEvent.actor, AuditEvent.data)
        .where(AuditEvent.object_type == OBJECT, AuditEvent.object_id == str(contact_id), AuditEvent.action == ACTION)
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return [Lookup(at, actor, str(data.get("what", ""))) for at, actor, data in db.session.execute(query)]
