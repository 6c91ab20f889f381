"""What is owed to a customer, a promise or a fix, counts in the queue; an issue that its customer confirmed needs no clock.

SQLite has to rebuild the table for the changed check, from what stands in it by now.
"""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None

QUEUED = sa.text("queued_at IS NOT NULL")
BEFORE, NOW = "open_while_a_clock_runs", "closed_without_a_clock"
NEVER = "253370764800000000"  # 9999-01-01
ON_SQLITE = f"min(coalesce(next_owed_at, {NEVER}), coalesce(next_due_at, {NEVER}))"
ON_POSTGRESQL = "LEAST(next_owed_at, next_due_at, TIMESTAMPTZ '9999-01-01T00:00:00+00:00')"
PROMISED = """
    UPDATE issue SET next_owed_at = (
        SELECT MIN(commitment.due_at) FROM commitment
        WHERE commitment.issue_id = issue.id AND commitment.kept_at IS NULL
        AND commitment.given_up_at IS NULL AND commitment.withdrawn_at IS NULL
    ) WHERE closed_at IS NULL"""
IN_FIX = """
    UPDATE issue SET next_owed_at = fix_due_at
    WHERE closed_at IS NULL AND state = 'in_fix' AND (next_owed_at IS NULL OR fix_due_at < next_owed_at)"""


def upgrade() -> None:
    """Add it, and fill it from what is promised and planned."""
    _indexes("next_due_at", drop=True)
    _check(BEFORE, NOW, "closed_at IS NULL OR next_due_at IS NULL")
    op.add_column("issue", sa.Column("next_owed_at", kernel_db.UTCDateTime(), nullable=True))
    for statement in (PROMISED, IN_FIX):
        op.execute(statement)
    earliest = ON_POSTGRESQL if _is_postgresql() else ON_SQLITE
    computed = sa.Computed(f"CASE WHEN (closed_at IS NULL) THEN {earliest} ELSE NULL END")
    op.add_column("issue", sa.Column("queue_due_at", kernel_db.UTCDateTime(), computed, nullable=True))
    _stop_clocks_of_verified()
    _indexes("queue_due_at")


def _stop_clocks_of_verified() -> None:
    """Nothing is left to tell whoever has confirmed a fix: the clock ended then, and what ran on from there was none."""
    event = sa.table("issue_event", sa.column("issue_id"), sa.column("occurred_at"), sa.column("data", sa.JSON))
    run = sa.table("issue_clock_run", sa.column("issue_id"), sa.column("clock"), sa.column("started_at"))
    verified = sa.exists().where(
        event.c.issue_id == run.c.issue_id,
        event.c.occurred_at == run.c.started_at,
        event.c.data["to"].as_string() == "verified",
    )
    op.execute(sa.delete(run).where(run.c.clock == "next_update", verified))
    op.execute("UPDATE issue SET next_due_at = NULL, next_alarm_at = NULL, clock_facts = NULL WHERE state = 'verified'")


def downgrade() -> None:
    """Remove it; an issue without a clock gets back the one of its next update."""
    _indexes("queue_due_at", drop=True)
    for name in ("queue_due_at", "next_owed_at"):
        op.drop_column("issue", name)
    op.execute("UPDATE issue SET next_due_at = next_update_due_at WHERE closed_at IS NULL AND next_due_at IS NULL")
    _check(NOW, BEFORE, "(closed_at IS NULL) = (next_due_at IS NOT NULL)")
    _indexes("next_due_at")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _indexes(due: str, *, drop: bool = False) -> None:
    for columns in (["owner_id", due, "id"], ["team_id", due, "id"], [due, "id"]):
        name = op.f(f"ix_issue_{'_'.join(columns)}")
        op.drop_index(name, "issue") if drop else op.create_index(name, "issue", columns)
    waiting, where = ["owner_id", "team_id", due, "id"], {"sqlite_where": QUEUED, "postgresql_where": QUEUED}
    op.drop_index("ix_issue_waiting", "issue") if drop else op.create_index("ix_issue_waiting", "issue", waiting, **where)


def _check(before: str, now: str, condition: str) -> None:
    if _is_postgresql():
        op.drop_constraint(op.f(f"ck_issue_{before}"), "issue", type_="check")
        op.create_check_constraint(op.f(f"ck_issue_{now}"), "issue", sa.text(condition))
        return
    # while a table is rebuilt, SQLite must not look into triggers that name it: it is away for a moment
    op.execute(sa.text("PRAGMA legacy_alter_table=ON"))
    with op.batch_alter_table("issue", copy_from=_without(f"ck_issue_{before}"), recreate="always") as batch:
        batch.create_check_constraint(op.f(f"ck_issue_{now}"), sa.text(condition))
    op.execute(sa.text("PRAGMA legacy_alter_table=OFF"))


def _without(check: str) -> sa.Table:
    """The table as it stands, without one of its checks."""
    bind = op.get_bind()
    found = sa.Table("issue", sa.MetaData(), autoload_with=bind, resolve_fks=False)
    checks = sa.inspect(bind).get_check_constraints("issue")
    found.constraints = {one for one in found.constraints if not isinstance(one, sa.CheckConstraint)}
    for one in checks:
        if one["name"] != check:
            found.append_constraint(sa.CheckConstraint(sa.text(one["sqltext"]), name=op.f(str(one["name"]))))
    return found
