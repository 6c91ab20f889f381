"""Tables of CRM connections: where, how far, what was seen, how runs went, and what both sides say differently."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import JSONDoc, Model, enum_type
from feedback.partners.crm.rules import Kind, RunState, Side, Vendor

OPEN = sa.text("decided_at IS NULL")


class CrmConnection(Model):
    """A CRM. The secret is concealed."""

    __tablename__ = "crm_connection"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # the system in `external_identity`
    vendor: Mapped[Vendor] = mapped_column(enum_type(Vendor))
    address: Mapped[str]
    client_id: Mapped[str | None]  # of Salesforce's client credentials
    secret: Mapped[str]
    owners: Mapped[dict[str, Any]]  # "accounts.name" → side
    push: Mapped[bool]
    active: Mapped[bool]
    pushed_to: Mapped[datetime | None]  # standings that changed up to then were written
    wait_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]  # the run that goes on now
    leased_until: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class CrmCursor(Model):
    """How far one kind of record was taken."""

    __tablename__ = "crm_cursor"
    connection_id: Mapped[int] = mapped_column(sa.ForeignKey("crm_connection.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(enum_type(Kind), primary_key=True)
    position: Mapped[dict[str, Any]]


class CrmRecord(Model):
    """What the CRM said last about one of its records, to tell its changes from ours."""

    __tablename__ = "crm_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(sa.ForeignKey("crm_connection.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    crm_id: Mapped[str]
    object_id: Mapped[int | None]  # of our account or contact
    said: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    __table_args__ = (sa.UniqueConstraint("connection_id", "kind", "crm_id"), sa.Index(None, "kind", "object_id"))


class CrmRun(Model):
    """One run, and what it did."""

    __tablename__ = "crm_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(sa.ForeignKey("crm_connection.id", ondelete="CASCADE"), index=True)
    dry: Mapped[bool]
    state: Mapped[RunState] = mapped_column(enum_type(RunState))
    counts: Mapped[dict[str, Any]]
    error: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CrmConflict(Model):
    """A field about which both sides say something else."""

    __tablename__ = "crm_conflict"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(sa.ForeignKey("crm_record.id", ondelete="CASCADE"), index=True)
    field: Mapped[str]
    ours: Mapped[Any | None] = mapped_column(JSONDoc())
    theirs: Mapped[Any | None] = mapped_column(JSONDoc())
    winner: Mapped[Side] = mapped_column(enum_type(Side))
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decision: Mapped[Side | None] = mapped_column(enum_type(Side, "decidedside"))
    __table_args__ = (sa.Index("ix_crm_conflict_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),)
