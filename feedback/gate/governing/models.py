"""Drafts of a policy, and which one has been active when: one at a time, by the database's own rule."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type


class DraftState(StrEnum):
    """How far a draft is. Only an approved one has ever been active."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class PolicyDraft(Model):
    """A policy that somebody wants: tables and limits as data, why, and what it would change."""

    __tablename__ = "policy_draft"
    __table_args__ = (
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> author_id", name="second_person"),
        sa.CheckConstraint("state <> 'approved' OR decided_by_id IS NOT NULL", name="approved_by_somebody"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    why: Mapped[str]
    content: Mapped[dict[str, Any]]  # {"relationship", "permission", "combination", "limits"}
    state: Mapped[DraftState] = mapped_column(enum_type(DraftState))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    simulation: Mapped[dict[str, Any] | None]
    simulated_at: Mapped[datetime | None]  # None again when the draft changes
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]


_NOW = sa.text("retired_at IS NULL")


class PolicyActivation(Model):
    """From when until when a policy was active. Before the first one the installation's settings are the policy."""

    __tablename__ = "policy_activation"
    __table_args__ = (
        sa.Index("uq_policy_activation_active", "slot", unique=True, sqlite_where=_NOW, postgresql_where=_NOW),
        sa.CheckConstraint("slot = 1", name="one_slot"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(default=1)
    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("policy_draft.id"))
    digest: Mapped[str]  # of the content
    activated_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    activated_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
