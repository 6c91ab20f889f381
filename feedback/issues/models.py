"""Tables of the inner loop: issues, voices, events, commitments, routing rules and service levels."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.accounts.rules import ValueTier
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel.db import Model, enum_type

OPEN, CLOSED = sa.text("closed_at IS NULL"), sa.text("closed_at IS NOT NULL")
WAITING = sa.text("queued_at IS NOT NULL")


def _open_index(*columns: str) -> sa.Index:
    return sa.Index(f"ix_issue_open_{'_'.join(columns)}", *columns, "id", sqlite_where=OPEN, postgresql_where=OPEN)


class Issue(Model):
    """One customer-specific problem being closed, with an owner and three clocks."""

    __tablename__ = "issue"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[IssueState] = mapped_column(enum_type(IssueState))
    severity: Mapped[Severity] = mapped_column(enum_type(Severity))
    source: Mapped[IssueSource] = mapped_column(enum_type(IssueSource))
    category: Mapped[str | None]
    title: Mapped[str | None]
    defect_id: Mapped[int | None] = mapped_column(sa.ForeignKey("defect.id"), index=True)
    defect_key: Mapped[int]  # the defect's id, 0 without one: unique keys ignore NULL
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    assigned_manually: Mapped[bool] = mapped_column(default=False)
    value_tier: Mapped[ValueTier] = mapped_column(enum_type(ValueTier))
    priority: Mapped[float] = mapped_column(default=0.0)
    root_cause: Mapped[str | None]
    fix_summary: Mapped[str | None]
    fix_due_at: Mapped[datetime | None]
    first_contact_due_at: Mapped[datetime]
    next_update_due_at: Mapped[datetime]
    resolution_due_at: Mapped[datetime]
    next_due_at: Mapped[datetime | None]  # the earliest running clock; None when nothing runs
    overdue_notified_at: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]  # since when it waits in its team's queue; the owner only answers for it
    opened_at: Mapped[datetime]
    routed_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    diagnosed_at: Mapped[datetime | None]
    in_fix_at: Mapped[datetime | None]
    fixed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopen_count: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        sa.Index(None, "account_id", "state"),
        # an issue is open as long as a clock runs, so that one index serves the queue and "has had an issue of mine"
        sa.CheckConstraint("(closed_at IS NULL) = (next_due_at IS NOT NULL)", name="open_while_a_clock_runs"),
        sa.Index(None, "owner_id", "next_due_at", "id"),
        sa.Index(None, "team_id", "next_due_at", "id"),
        sa.Index(None, "next_due_at", "id"),
        _open_index("owner_id", "priority"),
        _open_index("team_id", "priority"),
        _open_index("priority"),
        # partial, lest a query for open issues takes it for "closed_at IS NULL"
        sa.Index(None, "closed_at", "id", sqlite_where=CLOSED, postgresql_where=CLOSED),
        sa.Index("ix_issue_waiting", "owner_id", "team_id", "next_due_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        # one open issue per account and defect that answers opened: further answers join it
        sa.Index(
            "uq_issue_open_account_defect",
            "account_id",
            "defect_key",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND source = 'response'"),
            postgresql_where=sa.text("closed_at IS NULL AND source = 'response'"),
        ),
    )


class IssueVoice(Model):
    """A person who told us about this problem, and the answer that did."""

    __tablename__ = "issue_voice"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    __table_args__ = (sa.UniqueConstraint("issue_id", "response_id"),)


class IssueEvent(Model):
    """What happened to an issue; append-only."""

    __tablename__ = "issue_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    actor: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    data: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]


class Commitment(Model):
    """What we promised the customer and by when."""

    __tablename__ = "commitment"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    due_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]


class RoutingRule(Model):
    """Ordered: the first rule whose named conditions all match gives the owner. A rule without conditions catches all."""

    __tablename__ = "routing_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(unique=True)
    category: Mapped[str | None]
    defect_id: Mapped[int | None] = mapped_column(sa.ForeignKey("defect.id"))
    segment: Mapped[str | None]
    region: Mapped[str | None]
    language: Mapped[str | None]
    value_tier: Mapped[ValueTier | None] = mapped_column(enum_type(ValueTier))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    skills: Mapped[list[Any]] = mapped_column(default=list)  # codes; whoever gets the issue has all of them
    languages: Mapped[list[Any]] = mapped_column(default=list)  # whoever gets it speaks all of them
    customer_language: Mapped[bool] = mapped_column(default=False)
    prefer_helper: Mapped[bool] = mapped_column(default=False)  # who helped this customer last comes first
    goes_on_when_full: Mapped[bool] = mapped_column(default=False)  # to the next rule, instead of waiting for room
    __table_args__ = (sa.CheckConstraint("(team_id IS NULL) <> (user_id IS NULL)", name="one_target"),)


class ServiceLevel(Model):
    """The three clocks of a severity and value tier, in hours; no cell is empty."""

    __tablename__ = "service_level"
    severity: Mapped[Severity] = mapped_column(enum_type(Severity), primary_key=True)
    value_tier: Mapped[ValueTier] = mapped_column(enum_type(ValueTier), primary_key=True)
    first_contact_hours: Mapped[int]
    next_update_hours: Mapped[int]
    resolution_hours: Mapped[int]
