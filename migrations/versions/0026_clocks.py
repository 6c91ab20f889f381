"""Business calendars, clocks that follow from the log of an issue, what they ended with, waiting, and the ladder.

Open issues begin to keep their clocks in the log with the due dates that they have: their first event says so.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CLOCKS = ("first_contact", "next_update", "resolution")
OPEN, WAITING = sa.text("closed_at IS NULL"), sa.text("waiting_since IS NOT NULL")


def upgrade() -> None:
    """Add them."""
    _calendars()
    op.add_column("issue", sa.Column("waiting_since", kernel_db.UTCDateTime(), nullable=True))
    op.add_column("issue", sa.Column("next_alarm_at", kernel_db.UTCDateTime(), nullable=True))
    op.add_column("issue", sa.Column("escalated", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_issue_next_alarm_at_id"), "issue", ["next_alarm_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_issue_for_customer", "issue", ["account_id"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.add_column("service_level", sa.Column("working", sa.Boolean(), nullable=False, server_default=sa.false()))
    _runs()
    op.create_table(
        "escalation_step",
        sa.Column("severity", _choice("severity", "critical", "major", "minor"), nullable=False),
        sa.Column("rung", _choice("rung", "owner", "lead", "executive"), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("severity", "rung", name=op.f("pk_escalation_step")),
    )
    _adopt()


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _calendars() -> None:
    op.create_table(
        "business_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("subdivision", sa.Text(), nullable=True),
        sa.Column("openings", kernel_db.JSONDoc(), nullable=False),
        sa.Column("closed_days", kernel_db.JSONDoc(), nullable=False),
        sa.Column("open_days", kernel_db.JSONDoc(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("recounted_at", kernel_db.UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_calendar")),
        sa.UniqueConstraint("code", name=op.f("uq_business_calendar_code")),
    )
    op.create_table(
        "team_calendar",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_calendar_team_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["calendar_id"], ["business_calendar.id"], name=op.f("fk_team_calendar_calendar_id")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_calendar")),
    )
    op.create_index(op.f("ix_team_calendar_calendar_id"), "team_calendar", ["calendar_id"])


def _runs() -> None:
    op.create_table(
        "issue_clock_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("clock", _choice("clock", *CLOCKS), nullable=False),
        sa.Column("started_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("ended_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_clock_run_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_clock_run")),
        sa.UniqueConstraint("issue_id", "clock", "started_at", name=op.f("uq_issue_clock_run_issue_id_clock_started_at")),
    )
    op.create_index(op.f("ix_issue_clock_run_ended_at_clock"), "issue_clock_run", ["ended_at", "clock"])


def _adopt() -> None:
    """Open issues: what is due when, as it stands, becomes the beginning of their clocks in the log."""
    due = [sa.column(f"{clock}_due_at", kernel_db.UTCDateTime()) for clock in CLOCKS]
    told, opened = (sa.column(name, kernel_db.UTCDateTime()) for name in ("overdue_notified_at", "opened_at"))
    plain = [sa.column(name) for name in ("id", "state", "severity", "closed_at")]
    issue = sa.table("issue", *plain, told, opened, *due)
    rows = op.get_bind().execute(sa.select(issue).where(issue.c.closed_at.is_(None))).all()
    event = sa.table(
        "issue_event",
        sa.column("issue_id", sa.Integer()),
        sa.column("kind", sa.Text()),
        sa.column("actor", sa.Text()),
        sa.column("data", kernel_db.JSONDoc()),
        sa.column("occurred_at", kernel_db.UTCDateTime()),
    )
    now = sa.func.max(event.c.occurred_at)
    last = op.get_bind().execute(sa.select(event.c.issue_id, now).group_by(event.c.issue_id)).all()
    newest: dict[int, Any] = {issue_id: at for issue_id, at in last}  # noqa: C416  rows are no pairs to mypy
    events = [
        {
            "issue_id": row.id,
            "kind": "adopted",
            "actor": "system",
            "data": {
                "state": row.state,
                "severity": row.severity,
                "due": {clock: getattr(row, f"{clock}_due_at").isoformat() for clock in CLOCKS},
                "missed": [clock for clock in CLOCKS if _was_told(row, clock)],
            },
            "occurred_at": newest.get(row.id, row.opened_at),
        }
        for row in rows
    ]
    if events:
        op.bulk_insert(event, events)
    # the next look at the clocks finds out when somebody has to be told
    op.execute("UPDATE issue SET next_alarm_at = opened_at WHERE closed_at IS NULL")


def _was_told(row: Any, clock: str) -> bool:
    told = row.overdue_notified_at
    return told is not None and getattr(row, f"{clock}_due_at") <= told


def downgrade() -> None:
    """Remove them; the log keeps what was noted."""
    op.drop_table("escalation_step")
    op.drop_table("issue_clock_run")
    op.drop_column("service_level", "working")
    op.drop_index("ix_issue_for_customer", "issue")
    op.drop_index(op.f("ix_issue_next_alarm_at_id"), "issue")
    for name in ("escalated", "next_alarm_at", "waiting_since"):
        op.drop_column("issue", name)
    op.drop_table("team_calendar")
    op.drop_table("business_calendar")
