"""Tables of the gate: policy versions and decisions, both append-only."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model

_OF_PEOPLE = sa.text("substr(requested_by, 1, 5) = 'user:' AND expired_at IS NULL AND invalidated_at IS NULL")


class GatePolicy(Model):
    """One version of the two decision tables and the settings behind the bands, as data."""

    __tablename__ = "gate_policy"
    version: Mapped[str] = mapped_column(primary_key=True)
    tables: Mapped[dict[str, Any]]
    digest: Mapped[str]
    activated_at: Mapped[datetime]


class GateDecision(Model):
    """The immutable answer to "may we sell?". Only its marks are set afterwards, each once: `expired_at`, `invalidated_*`."""

    __tablename__ = "gate_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    purpose: Mapped[str]
    channel: Mapped[str]
    initiation: Mapped[str]
    intent: Mapped[str | None]
    product_code: Mapped[str | None]
    inputs: Mapped[dict[str, Any]]
    evidence: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    play: Mapped[str]
    reasons: Mapped[list[Any]]
    rows_hit: Mapped[list[Any]]
    policy_version: Mapped[str] = mapped_column(sa.ForeignKey("gate_policy.version"))
    requested_by: Mapped[str]
    decided_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    next_review_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    invalidated_at: Mapped[datetime | None]
    invalidated_by: Mapped[str | None]
    seal: Mapped[str]
    marks_seal: Mapped[str]
    __table_args__ = (
        sa.Index(None, "account_id", "decided_at"),
        # who else here may sell to the customer
        sa.Index("ix_gate_decision_of_people", "account_id", sqlite_where=_OF_PEOPLE, postgresql_where=_OF_PEOPLE),
        sa.Index(None, "expires_at", sqlite_where=sa.text("expired_at IS NULL"), postgresql_where=sa.text("expired_at IS NULL")),
    )
