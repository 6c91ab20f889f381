"""Who can do what, has how much room and is away when; team leads; issues that wait in a team's queue."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

WAITING, LEADS = sa.text("queued_at IS NOT NULL"), sa.text("leads_team")


def upgrade() -> None:
    """Add them; who may change routing rules goes on doing so."""
    op.create_table(
        "skill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", kernel_db.JSONDoc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill")),
        sa.UniqueConstraint("code", name=op.f("uq_skill_code")),
    )
    op.create_table(
        "staff_profile",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("skills", kernel_db.JSONDoc(), nullable=False),
        sa.Column("languages", kernel_db.JSONDoc(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_staff_profile_capacity_is_a_number_of_issues")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_staff_profile_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_staff_profile")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("starts_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("ends_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("announced_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_absence_has_a_day")),
        sa.CheckConstraint("deputy_id <> user_id", name=op.f("ck_absence_deputy_is_somebody_else")),
        sa.ForeignKeyConstraint(["deputy_id"], ["user.id"], name=op.f("fk_absence_deputy_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_absence_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_user_id_ends_at"), "absence", ["user_id", "ends_at"])
    op.create_index(op.f("ix_absence_ends_at"), "absence", ["ends_at"])
    op.add_column("user", sa.Column("leads_team", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("uq_user_team_lead", "user", ["team_id"], unique=True, sqlite_where=LEADS, postgresql_where=LEADS)
    op.add_column("issue", sa.Column("queued_at", kernel_db.UTCDateTime(), nullable=True))
    waiting = ["owner_id", "team_id", "next_due_at", "id"]
    op.create_index("ix_issue_waiting", "issue", waiting, sqlite_where=WAITING, postgresql_where=WAITING)
    for name in ("skills", "languages"):
        op.add_column("routing_rule", sa.Column(name, kernel_db.JSONDoc(), nullable=False, server_default="[]"))
    for name in ("customer_language", "prefer_helper", "goes_on_when_full"):
        op.add_column("routing_rule", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    grants = 'INSERT INTO "grant" (user_id, permission, scope) SELECT user_id, \'rules.write\', scope FROM "grant" '
    op.execute(sa.text(grants + "WHERE permission = 'routing.write'"))


def downgrade() -> None:
    """Remove them; what waits in a queue belongs to nobody, as before."""
    op.execute(sa.text("DELETE FROM \"grant\" WHERE permission IN ('rules.write', 'staff.read', 'staff.write', 'absence.write')"))
    for name in ("goes_on_when_full", "prefer_helper", "customer_language", "languages", "skills"):
        op.drop_column("routing_rule", name)
    op.execute(sa.text("UPDATE issue SET owner_id = NULL WHERE queued_at IS NOT NULL"))
    op.drop_index("ix_issue_waiting", table_name="issue")
    op.drop_column("issue", "queued_at")
    op.drop_index("uq_user_team_lead", table_name="user")
    op.drop_column("user", "leads_team")
    op.drop_table("absence")
    op.drop_table("staff_profile")
    op.drop_table("skill")
