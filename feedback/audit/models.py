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
    manual: Mapped[bool] = mapped_column(default=False)  # started by hand: takes no part in catching up
    worker: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=1)
    lease_until: Mapped[datetime]  # renewed while it runs; afterwards another process may take the slot over
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # "done", "failed" or "superseded"
    detail: Mapped[str | None]
