"""Tables of the inner loop: issues, voices, events, clocks, commitments, routing rules, service levels and the ladder."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback.accounts.rules import ValueTier
from feedback.issues.rules import Clock, IssueSource, IssueState, Severity
from feedback.issues.rules.escalation import Rung
from feedback.kernel.db import JSONDoc, Model, earliest, enum_type

OPEN, CLOSED = sa.text("closed_at IS NULL"), sa.text("closed_at IS NOT NULL")
QUEUED = sa.text("queued_at IS NOT NULL")
WAITING = sa.text("waiting_since IS NOT NULL")

DUE = sa.case((sa.column("closed_at").is_(None), earliest(sa.column("next_owed_at"), sa.column("next_due_at"))), else_=sa.null())


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
    fix_summaries: Mapped[dict[str, str]] = mapped_column(JSONDoc(), default=dict, server_default="{}")  # the same by language
    fix_due_at: Mapped[datetime | None]
    first_contact_due_at: Mapped[datetime]
    next_update_due_at: Mapped[datetime]
    resolution_due_at: Mapped[datetime]
    next_due_at: Mapped[datetime | None]  # the earliest running clock; None when nothing runs
    next_owed_at: Mapped[datetime | None]  # the first open promise, or the fix that is under way (`owing.follow_promises`)
    # what lists go by: the earlier of the two, the end of time where an open issue has neither, nothing for a closed one
    queue_due_at: Mapped[datetime | None] = mapped_column(sa.Computed(DUE))
    overdue_notified_at: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]  # since when it waits in its team's queue; the owner only answers for it
    # What follows from the log (`clockwork`), as the due dates above do.
    waiting_since: Mapped[datetime | None]  # we wait for the customer: the resolution's clock stands still
    next_alarm_at: Mapped[datetime | None]  # when somebody has to be told next: a clock runs out, or a rung is reached
    escalated: Mapped[int] = mapped_column(default=0)  # the highest rung of the ladder since it was (re)opened
    # what the log says that no calendar changes (`rules.clock_facts`); None: only the log can tell
    clock_facts: Mapped[dict[str, Any] | None] = mapped_column(JSONDoc(), deferred=True)
    opened_at: Mapped[datetime]
    routed_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    diagnosed_at: Mapped[datetime | None]
    in_fix_at: Mapped[datetime | None]
    fixed_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopen_count: Mapped[int] = mapped_column(default=0)
    # What it is about, besides the defect: '' for a problem that answers and complaints share, another word for a reason of its
    # own (a wish to be called, a silence), None where somebody opened it by hand: then nothing joins it by its reason.
    cause_key: Mapped[str | None]
    why: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # what the sentence about its reason says
    harms_customers: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # the customer's own customers
    harmed_count: Mapped[int | None]
    harm_note: Mapped[str | None]
    harm_raised: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # it made the severity a step graver
    contract_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contract.id", ondelete="SET NULL"), index=True)
    withdrawn_at: Mapped[datetime | None]  # a mistake, or a program's answer: it never counted
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("issue.id", ondelete="SET NULL"), index=True)
    __table_args__ = (
        sa.Index(None, "account_id", "state"),
        sa.CheckConstraint("closed_at IS NULL OR next_due_at IS NULL", name="closed_without_a_clock"),
        # only open issues have a place in it, so that one index serves the queue and "has had an issue of mine"
        sa.Index(None, "owner_id", "queue_due_at", "id"),
        sa.Index(None, "team_id", "queue_due_at", "id"),
        sa.Index(None, "queue_due_at", "id"),
        sa.Index(None, "next_alarm_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        sa.Index("ix_issue_for_customer", "account_id", sqlite_where=WAITING, postgresql_where=WAITING),
        _open_index("owner_id", "priority"),
        _open_index("team_id", "priority"),
        _open_index("priority"),
        # partial, lest a query for open issues takes it for "closed_at IS NULL"
        sa.Index(None, "closed_at", "id", sqlite_where=CLOSED, postgresql_where=CLOSED),
        sa.Index("ix_issue_waiting", "owner_id", "team_id", "queue_due_at", "id", sqlite_where=QUEUED, postgresql_where=QUEUED),
        # one open issue per account and cause: whoever says the same joins it. Unique keys ignore NULL.
        sa.Index(
            "uq_issue_open_account_cause",
            "account_id",
            "defect_key",
            "cause_key",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )


class IssueVoice(Model):
    """A person who told us about this problem, and the answer or complaint that did; or one to be spoken with."""

    __tablename__ = "issue_voice"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)
    response_id: Mapped[int | None] = mapped_column(sa.ForeignKey("response.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    cause: Mapped[IssueSource] = mapped_column(
        enum_type(IssueSource), default=IssueSource.RESPONSE, server_default=IssueSource.RESPONSE.value
    )
    why: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    said: Mapped[str | None]  # a complaint in the customer's words
    external_system: Mapped[str | None]  # where a complaint comes from, and its name there
    external_id: Mapped[str | None]
    content_digest: Mapped[str | None]  # tells a complaint that is handed in again from another one
    answered_at: Mapped[datetime | None]  # somebody of ours spoke with this person about it
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    waived_at: Mapped[datetime | None]  # nobody has to, for the reason given
    waived_reason: Mapped[str | None]
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "response_id"),
        sa.UniqueConstraint("external_system", "external_id"),
    )


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


class ClockRun(Model):
    """A clock that came to its end, in time or late. Written once: a late fix, or a calendar that changes, mends no clock."""

    __tablename__ = "issue_clock_run"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"))
    clock: Mapped[Clock] = mapped_column(enum_type(Clock))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    late_seconds: Mapped[int]  # 0: in time
    __table_args__ = (sa.UniqueConstraint("issue_id", "clock", "started_at"), sa.Index(None, "ended_at", "clock"))


class EscalationStep(Model):
    """A rung of the ladder: who is told so many hours after a clock of this severity is due (negative: before)."""

    __tablename__ = "escalation_step"
    severity: Mapped[Severity] = mapped_column(enum_type(Severity), primary_key=True)
    rung: Mapped[Rung] = mapped_column(enum_type(Rung), primary_key=True)
    hours: Mapped[int]


class Commitment(Model):
    """What we promised the customer and by when."""

    __tablename__ = "commitment"
    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int] = mapped_column(sa.ForeignKey("issue.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    due_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    broken_at: Mapped[datetime | None]  # when its time passed; it stays so, however late it is kept
    given_up_at: Mapped[datetime | None]  # when the customer was told that it is not kept
    withdrawn_at: Mapped[datetime | None]  # when the customer agreed, before its time, to do without it
    reminded_at: Mapped[datetime | None]
    contact_id: Mapped[int | None] = mapped_column(sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True)  # to whom
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]

    @property
    def is_open(self) -> bool:
        """Whether the customer still counts on it, or waits to hear that it is not kept."""
        return self.kept_at is None and self.given_up_at is None and self.withdrawn_at is None

    def is_judged(self, now: datetime) -> bool:
        """Whether it counts among the promises of which so many were kept: kept, broken, or due by now."""
        if self.withdrawn_at is not None:
            return False
        return self.kept_at is not None or self.broken_at is not None or self.given_up_at is not None or self.due_at <= now

    __table_args__ = (
        sa.Index(
            "ix_commitment_unkept",
            "due_at",
            "id",
            sqlite_where=sa.text("kept_at IS NULL"),
            postgresql_where=sa.text("kept_at IS NULL"),
        ),
    )


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
    """The three clocks of a severity and value tier, in hours of one kind; no cell is empty."""

    __tablename__ = "service_level"
    severity: Mapped[Severity] = mapped_column(enum_type(Severity), primary_key=True)
    value_tier: Mapped[ValueTier] = mapped_column(enum_type(ValueTier), primary_key=True)
    first_contact_hours: Mapped[int]
    next_update_hours: Mapped[int]
    resolution_hours: Mapped[int]
    working: Mapped[bool] = mapped_column(default=False)  # working hours of the team's calendar, else round the clock


class OpeningRuleRow(Model):
    """What somebody set for one of the rules that open issues; a rule without a row holds as installed."""

    __tablename__ = "opening_rule"
    name: Mapped[str] = mapped_column(primary_key=True)
    active: Mapped[bool]
    params: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class KeywordRuleRow(Model):
    """Words and phrases by language; a comment that has one of them opens an issue, maybe about a defect."""

    __tablename__ = "keyword_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    phrases: Mapped[dict[str, Any]]
    severity: Mapped[Severity] = mapped_column(enum_type(Severity))
    defect_id: Mapped[int | None] = mapped_column(sa.ForeignKey("defect.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
