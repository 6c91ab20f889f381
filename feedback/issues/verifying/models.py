"""Tables of verification: who was asked whether a fix holds, what they said, the words of the mail, and the recovery pulses."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.issues.verifying.rules import Verdict, Way
from feedback.kernel.db import Model, enum_type


class Verification(Model):
    """One person asked by mail, or saying by whatever way, whether a fix holds for them."""

    __tablename__ = "verification"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    round: Mapped[int]  # how often the issue had been opened again: words about an earlier fix count no more
    way: Mapped[Way] = mapped_column(enum_type(Way))
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"), unique=True)
    interaction_id: Mapped[int | None] = mapped_column(sa.ForeignKey("interaction.id", ondelete="SET NULL"))
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"))
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict))
    comment: Mapped[str | None]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    undo: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # the issue as it was before the word
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index(None, "issue_id", "contact_id"),
        sa.CheckConstraint("(verdict IS NULL) = (answered_at IS NULL)", name="a_word_has_a_moment"),
    )


class VerificationLetter(Model):
    """The mail that asks whether it is solved, as the house says it in a language; without a row the shipped words."""

    __tablename__ = "verification_letter"
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    opening: Mapped[str]
    reminder: Mapped[str]
    closing: Mapped[str]
    changed_at: Mapped[datetime]


class RecoveryPulse(Model):
    """One score that is asked of a person some time after their problem was solved; its state is that of the invitation."""

    __tablename__ = "recovery_pulse"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    round: Mapped[int]
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"), unique=True)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("issue_id", "contact_id", "round"),)
