"""Stored answers of POST requests, so that a repeated key gives the same answer again."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model


class IdempotencyRecord(Model):
    """One (principal, key): running while `status` is empty, afterwards the stored answer."""

    __tablename__ = "idempotency_record"
    principal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]  # method, path and body, hashed
    status: Mapped[int | None]
    content_type: Mapped[str | None]
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)
