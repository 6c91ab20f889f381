"""Tables of account plans. What must change is a link to the evidence; whether it has changed is not kept."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.gate.rules import Intent
from feedback.kernel.db import Model, enum_type
from feedback.permission.rules import Channel
from feedback.planning.rules.states import ConditionKind, IntentState, ObjectiveState, PeriodKind, PlanState

LIVE = sa.text("closed_at IS NULL")


class AccountPlan(Model):
    """A plan for one account and period. `version` grows with each change of it or of a part."""

    __tablename__ = "account_plan"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    period: Mapped[PeriodKind] = mapped_column(enum_type(PeriodKind))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[PlanState] = mapped_column(enum_type(PlanState), default=PlanState.DRAFT)
    note: Mapped[str | None]  # what it is about, in a few words
    outcome: Mapped[str | None]  # what came of it, written when it is closed
    version: Mapped[int] = mapped_column(default=1)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("starts_on <= ends_on", name="ends_after_its_start"),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at_some_time"),
        # one live plan per account and period; closed ones are history
        sa.Index(
            "uq_account_plan_live", "account_id", "starts_on", "ends_on", unique=True, sqlite_where=LIVE, postgresql_where=LIVE
        ),
    )


class PlanObjective(Model):
    """What we want to reach with the customer."""

    __tablename__ = "plan_objective"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("account_plan.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    due_on: Mapped[date | None]
    state: Mapped[ObjectiveState] = mapped_column(enum_type(ObjectiveState), default=ObjectiveState.OPEN)
    settled_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)  # grows when its day or words change: calendars go by it
    changed_at: Mapped[datetime]


class PlanCondition(Model):
    """What has to change before we sell: a link to the evidence from which it ticks itself."""

    __tablename__ = "plan_condition"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("account_plan.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ConditionKind] = mapped_column(enum_type(ConditionKind))
    issue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    defect_id: Mapped[int | None] = mapped_column(sa.ForeignKey("defect.id"))
    disruption_id: Mapped[int | None] = mapped_column(sa.ForeignKey("disruption.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    channel: Mapped[Channel | None] = mapped_column(enum_type(Channel))
    least_score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    # what it is about as one text: unique keys ignore NULL
    key: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "key"),
        sa.CheckConstraint("(kind = 'issue') = (issue_id IS NOT NULL)", name="issue_is_named"),
        sa.CheckConstraint("(kind = 'defect') = (defect_id IS NOT NULL)", name="defect_is_named"),
        sa.CheckConstraint("(kind = 'disruption') = (disruption_id IS NOT NULL)", name="disruption_is_named"),
        sa.CheckConstraint("(kind = 'score' OR kind = 'consent') = (contact_id IS NOT NULL)", name="person_is_named"),
        sa.CheckConstraint("least_score BETWEEN 7 AND 10", name="score_is_good"),
    )


class PlanIntent(Model):
    """What we would like to sell, and when. It permits nothing: the gate decides."""

    __tablename__ = "plan_intent"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("account_plan.id", ondelete="CASCADE"), index=True)
    intent: Mapped[Intent] = mapped_column(enum_type(Intent))
    product: Mapped[str]
    note: Mapped[str | None]
    amount: Mapped[float | None]
    currency: Mapped[str | None]
    due_on: Mapped[date | None]
    state: Mapped[IntentState] = mapped_column(enum_type(IntentState), default=IntentState.OPEN)
    settled_at: Mapped[datetime | None]
    __table_args__ = (sa.CheckConstraint("amount > 0", name="is_worth_something"),)


class PlanReview(Model):
    """A day on which we look at the plan, mostly with the customer; once held, with who was there and what was agreed."""

    __tablename__ = "plan_review"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("account_plan.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    minutes: Mapped[int] = mapped_column(default=60)
    place: Mapped[str | None]
    held_at: Mapped[datetime | None]
    people: Mapped[str | None]  # who was there
    agreed: Mapped[str | None]
    cancelled_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(default=0)  # 1: reminded of it, 2: told that it has passed
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    __table_args__ = (
        sa.CheckConstraint("minutes BETWEEN 5 AND 1440", name="lasts_a_day_at_most"),
        sa.CheckConstraint("held_at IS NULL OR cancelled_at IS NULL", name="held_or_cancelled"),
    )


class PlanPromise(Model):
    """What we promised this customer: a promise of an issue that is followed here, or one of the plan's own."""

    __tablename__ = "plan_promise"
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("account_plan.id", ondelete="CASCADE"), index=True)
    commitment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("commitment.id", ondelete="CASCADE"), index=True)
    text: Mapped[str | None]
    due_on: Mapped[date | None]
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    kept_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (
        sa.UniqueConstraint("plan_id", "commitment_id"),
        # of an issue's promise everything is read there
        sa.CheckConstraint("(commitment_id IS NULL) = (text IS NOT NULL)", name="own_or_of_an_issue"),
        sa.CheckConstraint("(commitment_id IS NULL) = (due_on IS NOT NULL)", name="own_has_a_day"),
        sa.CheckConstraint(
            "commitment_id IS NULL OR (kept_at IS NULL AND broken_at IS NULL AND withdrawn_at IS NULL)",
            name="ends_where_it_was_made",
        ),
    )


class CalendarFeed(Model):
    """The secret address of one person's calendar; only a digest of it is kept."""

    __tablename__ = "calendar_feed"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # when a calendar fetched it last, to the hour
