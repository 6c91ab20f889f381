"""Who did what, when (append-only), and which job ran in which slot."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model


class AuditEvent(Model):
    """One action of a person, a token or a job."""

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    data: Mapped[dict[str, Any]]
    __table_args__ = (sa.Index(None, "object_type", "object_id"),)


class JobRun(Model):
    """A claimed slot of a job; the unique key is the guarantee, not the number of schedulers."""

    __tablename__ = "job_run"
    __table_args__ = (sa.UniqueConstraint("job", "slot"), sa.Index(None, "job", "started_at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    slot: Mapped[datetime]
    worker: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # "done" or "failed"
    detail: Mapped[str | None]
