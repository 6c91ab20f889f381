"""The consent ledger, append-only, from which the current state is derived; and the list of those who get no mail."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason


class ConsentEvent(Model):
    """One statement of a contact about one purpose on one channel."""

    __tablename__ = "consent_event"
    __table_args__ = (
        # the gate reads the newest event of one contact, purpose and channel
        sa.UniqueConstraint("contact_id", "purpose", "channel", "occurred_at", "action"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    action: Mapped[ConsentAction] = mapped_column(enum_type(ConsentAction))
    basis: Mapped[str | None]
    evidence: Mapped[str | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]


class Suppression(Model):
    """An address or a person that gets no mail for a purpose, whatever anybody consented to; lifted, never deleted."""

    __tablename__ = "suppression"
    __table_args__ = (sa.Index(None, "contact_id"), sa.Index(None, "address"))
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"))
    address: Mapped[str | None]  # lower case; "@example.com" stands for a whole domain
    reason: Mapped[SuppressionReason] = mapped_column(enum_type(SuppressionReason))
    note: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]
