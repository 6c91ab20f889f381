"""Tables of the outer loop: initiatives with their measurements, follow-ups, disruptions."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.kernel.db import Model, enum_type
from feedback.outer_loop.rules.states import InitiativeState, ItemState, SkipReason, StopReason, Verdict


class Initiative(Model):
    """An improvement that removes a cause: what, who, until when, for how much, and what it shall do to which defects."""

    __tablename__ = "initiative"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    plan: Mapped[str | None]  # what is going to be done
    root_cause: Mapped[str | None]  # in words; a cause of the shared tree gets a key beside it
    state: Mapped[InitiativeState] = mapped_column(enum_type(InitiativeState), index=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))  # who tells the customers
    cost: Mapped[float | None]
    currency: Mapped[str | None]
    due_on: Mapped[date | None]
    survey_id: Mapped[int | None] = mapped_column(sa.ForeignKey("survey_program.id"))  # whose answers; None: all together
    target_from: Mapped[float | None]  # share of answers, 0…1
    target_to: Mapped[float | None]
    promise: Mapped[str | None]  # to customers
    reach: Mapped[dict[str, Any]]  # who gets it; empty: everybody
    news: Mapped[dict[str, Any]]  # language -> what survey mails say of it
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]  # when a measurement said whether it helped
    reopen_count: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        sa.CheckConstraint("target_from BETWEEN 0 AND 1", name="target_from_is_a_share"),
        sa.CheckConstraint("target_to BETWEEN 0 AND 1", name="target_to_is_a_share"),
        sa.CheckConstraint("cost >= 0", name="cost_is_no_income"),
    )


class InitiativeDefect(Model):
    """The defects that an initiative shall make rarer."""

    __tablename__ = "initiative_defect"
    initiative_id: Mapped[int] = mapped_column(sa.ForeignKey("initiative.id", ondelete="CASCADE"), primary_key=True)
    defect_id: Mapped[int] = mapped_column(sa.ForeignKey("defect.id"), primary_key=True, index=True)


class InitiativeIssue(Model):
    """The issues that led to it."""

    __tablename__ = "initiative_issue"
    initiative_id: Mapped[int] = mapped_column(sa.ForeignKey("initiative.id", ondelete="CASCADE"), primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), primary_key=True, index=True)


class EffectCheck(Model):
    """A look at the rate so many days after a delivery: planned, then done with all its figures."""

    __tablename__ = "effect_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(sa.ForeignKey("initiative.id", ondelete="CASCADE"))
    delivered_at: Mapped[datetime]
    days: Mapped[int]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict))
    figures: Mapped[dict[str, Any]]
    __table_args__ = (
        sa.UniqueConstraint("initiative_id", "delivered_at", "days"),
        sa.Index(None, "due_at", sqlite_where=sa.text("done_at IS NULL"), postgresql_where=sa.text("done_at IS NULL")),
    )


class FollowUpBatch(Model):
    """The customers to be told that something was done, or is over."""

    __tablename__ = "follow_up_batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int | None] = mapped_column(sa.ForeignKey("initiative.id", ondelete="CASCADE"), index=True)
    disruption_id: Mapped[int | None] = mapped_column(sa.ForeignKey("disruption.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"), index=True)
    since: Mapped[datetime | None]  # who was affected from then on
    letters: Mapped[dict[str, Any]]  # language -> {"subject", "text"}
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    due_on: Mapped[date | None]  # by when everybody is told; None: closed before there were such days
    due_told: Mapped[int] = mapped_column(default=0, server_default="0")  # `DueNews`: what was last said about that day
    __table_args__ = (sa.CheckConstraint("(initiative_id IS NULL) <> (disruption_id IS NULL)", name="one_cause"),)


class FollowUpItem(Model):
    """One customer of a follow-up, and what became of it."""

    __tablename__ = "follow_up_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("follow_up_batch.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    issue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("issue.id", ondelete="SET NULL"))
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"))
    urgency: Mapped[float]
    facts: Mapped[dict[str, Any]]  # what the urgency was made of
    state: Mapped[ItemState] = mapped_column(enum_type(ItemState))
    skip_reason: Mapped[SkipReason | None] = mapped_column(enum_type(SkipReason))
    stopped_because: Mapped[StopReason | None] = mapped_column(enum_type(StopReason))
    note: Mapped[str | None]
    worked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    worked_at: Mapped[datetime | None]
    mails: Mapped[int] = mapped_column(default=0)  # how often one was asked for: names the message
    message_id: Mapped[str | None] = mapped_column(index=True)  # of the newest letter that left
    address: Mapped[str | None]  # where it went
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "account_id", "contact_id"),
        sa.Index(None, "batch_id", "state", "urgency"),
    )


class Disruption(Model):
    """A company-side event: an outage, a supply stop. Its state follows from its times."""

    __tablename__ = "disruption"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]  # for whoever has none in their language; `titles` has it by language: {"es": "Portal caído", …}
    titles: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    message: Mapped[str | None]  # what customers are told while it goes on
    messages: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    outcome: Mapped[str | None]  # what the letter says once it is over
    outcomes: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    reach: Mapped[dict[str, Any]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    holds_sales: Mapped[bool]
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]  # when people were told that it began
    over_at: Mapped[datetime | None]  # when its follow-up was made
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="ends_after_its_start"),)


WAITING = sa.text("followed_up_at IS NULL")


class DisruptionAccount(Model):
    """An affected account; held until it was told that it is over."""

    __tablename__ = "disruption_account"
    disruption_id: Mapped[int] = mapped_column(sa.ForeignKey("disruption.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    followed_up_at: Mapped[datetime | None]
    __table_args__ = (
        sa.Index(None, "account_id"),
        sa.Index("ix_disruption_account_waiting", "account_id", sqlite_where=WAITING, postgresql_where=WAITING),
    )
