"""Messages written in the same transaction as their cause and delivered after it; and the bell."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model


class OutboxMessage(Model):
    """Something that has to reach somebody. `key` makes the same cause write it once."""

    __tablename__ = "outbox_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]  # given up: shown by `closedloop jobs dead-letters` until somebody sends it again
    last_error: Mapped[str | None]
    __table_args__ = (
        sa.Index(
            None,
            "available_at",
            "id",
            sqlite_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL AND dead_at IS NULL"),
        ),
    )


class Notification(Model):
    """One line under a person's bell."""

    __tablename__ = "notification"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"))
    message_key: Mapped[str]
    kind: Mapped[str]
    params: Mapped[dict[str, Any]]
    link: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    __table_args__ = (sa.UniqueConstraint("user_id", "message_key"), sa.Index(None, "user_id", "read_at"))
