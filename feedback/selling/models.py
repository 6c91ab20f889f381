"""Tables of sales plays: suggestions to sell, and every step that was taken with them."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import JSONDoc, Model, enum_type
from feedback.selling.rules import Answer, PlayState, Trigger

OPEN = sa.text("state IN ('accepted', 'held', 'question')")


class SalesPlay(Model):
    """A suggestion to sell, from another system or from the spend monitor, and what the screening says about it."""

    __tablename__ = "sales_play"
    __table_args__ = (
        sa.UniqueConstraint("source", "external_id"),
        sa.Index(None, "account_id", "received_at"),
        sa.Index(None, "state", "received_at", "id"),
        sa.Index("ix_sales_play_open", "account_id", sqlite_where=OPEN, postgresql_where=OPEN),
        sa.Index("ix_sales_play_due", "screen_due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    trigger: Mapped[Trigger] = mapped_column(enum_type(Trigger))
    payload: Mapped[dict[str, Any]]
    state: Mapped[PlayState] = mapped_column(enum_type(PlayState))
    reasons: Mapped[list[Any]]
    month: Mapped[date | None]  # of a drop of spend: the month that was judged
    baseline: Mapped[dict[str, Any] | None] = mapped_column(JSONDoc())  # what the spend monitor found, with its chart
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gate_decision.id", ondelete="SET NULL"), index=True)
    issue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("issue.id", ondelete="SET NULL"), index=True)
    answer: Mapped[Answer | None] = mapped_column(enum_type(Answer))
    answer_note: Mapped[str | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    received_at: Mapped[datetime]
    screened_at: Mapped[datetime]
    screen_due_at: Mapped[datetime]  # when it is looked at again: at once when the standing changes, else weekly
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SalesPlayStep(Model):
    """What happened to a play; append-only."""

    __tablename__ = "sales_play_step"
    __table_args__ = (sa.Index(None, "play_id", "at"), sa.Index(None, "at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    play_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_play.id", ondelete="CASCADE"))
    kind: Mapped[str]  # screened, answered, taken, dismissed, expired
    state: Mapped[PlayState] = mapped_column(enum_type(PlayState))
    reasons: Mapped[list[Any]]
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gate_decision.id", ondelete="SET NULL"), index=True)
    note: Mapped[str | None]
    actor: Mapped[str]
    at: Mapped[datetime]
