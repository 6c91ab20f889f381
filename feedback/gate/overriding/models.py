"""Exceptions from a hold: asked for by one, granted by another, for a few days."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.gate.overriding.rules import MOST_DAYS, OverrideReason, OverrideState
from feedback.gate.rules import Outcome
from feedback.kernel.db import Model, enum_type
from feedback.permission.rules import Purpose

_GRANTED = sa.text("state = 'approved'")


class GateOverride(Model):
    """One exception, for one contact of one account. The database knows no other outcome than a hold to be excepted."""

    __tablename__ = "gate_override"
    __table_args__ = (
        sa.CheckConstraint("outcome = 'hold'", name="only_a_hold"),
        sa.CheckConstraint(f"days BETWEEN 1 AND {MOST_DAYS}", name="few_days"),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="second_person"),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by_id IS NOT NULL AND expires_at IS NOT NULL)", name="granted_by_somebody"
        ),
        # every decision looks here for its accounts
        sa.Index("ix_gate_override_granted", "account_id", sqlite_where=_GRANTED, postgresql_where=_GRANTED),
        sa.Index(None, "requested_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gate_decision.id", ondelete="SET NULL"), index=True)
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose))
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome))
    state: Mapped[OverrideState] = mapped_column(enum_type(OverrideState))
    reason: Mapped[OverrideReason] = mapped_column(enum_type(OverrideReason))
    note: Mapped[str]
    days: Mapped[int]
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]  # the words that came with it
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
