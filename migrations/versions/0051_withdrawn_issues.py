"""An issue that was entered by mistake is taken back, and counts nowhere; nor does what a program's answer opened."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0051"
down_revision = "0048"
branch_labels = None
depends_on = None

STATES = ("claimed", "confirmed", "refused", "taken_back")
CLAIMED = sa.text("state = 'claimed'")


def upgrade() -> None:
    """Add them; what was closed as a program's doing before is marked."""
    op.add_column("issue", sa.Column("withdrawn_at", kernel_db.UTCDateTime(), nullable=True))
    op.execute(
        "UPDATE issue SET withdrawn_at = closed_at WHERE state = 'closed' AND EXISTS"
        " (SELECT 1 FROM issue_event WHERE issue_event.issue_id = issue.id AND issue_event.kind = 'withdrawn')"
    )
    state = sa.Enum(*STATES, name="mistakestate", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "issue_mistake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'claimed' OR state = 'taken_back' OR decided_by_id <> claimed_by_id",
            name=op.f("ck_issue_mistake_second_person"),
        ),
        sa.CheckConstraint("(state = 'claimed') = (decided_at IS NULL)", name=op.f("ck_issue_mistake_decided_at_some_time")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["user.id"], name=op.f("fk_issue_mistake_claimed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_issue_mistake_decided_by_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_mistake_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_mistake")),
    )
    op.create_index(op.f("ix_issue_mistake_issue_id"), "issue_mistake", ["issue_id"])
    where = {"sqlite_where": CLAIMED, "postgresql_where": CLAIMED}
    op.create_index("uq_issue_mistake_open", "issue_mistake", ["issue_id"], unique=True, **where)


def downgrade() -> None:
    """Remove them; issues that were taken back stay closed."""
    op.drop_table("issue_mistake")
    op.drop_column("issue", "withdrawn_at")
