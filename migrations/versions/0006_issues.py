"""Issues, their voices, history and promises, routing and clocks; contacts with customers, which may be about an issue."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "routed",
                "contacted",
                "diagnosed",
                "in_fix",
                "fixed",
                "verified",
                "closed",
                "closed_unverified",
                name="issuestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum("critical", "major", "minor", name="severity", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum("response", "staff", name="issuesource", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("defect_id", sa.Integer(), nullable=True),
        sa.Column("defect_key", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("assigned_manually", sa.Boolean(), nullable=False),
        sa.Column(
            "value_tier",
            sa.Enum("A", "B", "C", name="valuetier", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("root_cause", sa.Text(), nullable=True),
        sa.Column("fix_summary", sa.Text(), nullable=True),
        sa.Column("fix_due_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("first_contact_due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("next_update_due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("resolution_due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("next_due_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("overdue_notified_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("opened_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("routed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("contacted_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("diagnosed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("in_fix_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("fixed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("verified_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("closed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (next_due_at IS NOT NULL)", name=op.f("ck_issue_open_while_a_clock_runs")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_issue_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_issue_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_issue_defect_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_issue_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_issue_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
        sa.UniqueConstraint("number", name=op.f("uq_issue_number")),
    )
    op.create_index(op.f("ix_issue_account_id_state"), "issue", ["account_id", "state"])
    op.create_index(op.f("ix_issue_contact_id"), "issue", ["contact_id"])
    op.create_index(op.f("ix_issue_defect_id"), "issue", ["defect_id"])
    op.create_index(
        op.f("ix_issue_closed_at_id"),
        "issue",
        ["closed_at", "id"],
        sqlite_where=sa.text("closed_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_issue_next_due_at_id"), "issue", ["next_due_at", "id"])
    op.create_index(op.f("ix_issue_owner_id_next_due_at_id"), "issue", ["owner_id", "next_due_at", "id"])
    op.create_index(
        "ix_issue_open_owner_id_priority",
        "issue",
        ["owner_id", "priority", "id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_issue_open_priority",
        "issue",
        ["priority", "id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_issue_team_id_next_due_at_id"), "issue", ["team_id", "next_due_at", "id"])
    op.create_index(
        "ix_issue_open_team_id_priority",
        "issue",
        ["team_id", "priority", "id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "uq_issue_open_account_defect",
        "issue",
        ["account_id", "defect_key"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL AND source = 'response'"),
        postgresql_where=sa.text("closed_at IS NULL AND source = 'response'"),
    )
    # numbers come from a sequence, so that two writers never wait for each other's; SQLite has one writer
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE issue_number OWNED BY issue.number")

    op.create_table(
        "issue_voice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_issue_voice_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_voice_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_issue_voice_response_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_voice")),
        sa.UniqueConstraint("issue_id", "response_id", name=op.f("uq_issue_voice_issue_id_response_id")),
    )
    op.create_index(op.f("ix_issue_voice_contact_id"), "issue_voice", ["contact_id"])
    op.create_index(op.f("ix_issue_voice_response_id"), "issue_voice", ["response_id"])

    op.create_table(
        "issue_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("data", kernel_db.JSONDoc(), nullable=False),
        sa.Column("occurred_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_issue_event_actor_id")),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_issue_event_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_event")),
    )
    op.create_index(op.f("ix_issue_event_issue_id"), "issue_event", ["issue_id"])

    op.create_table(
        "commitment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("kept_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_commitment_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_commitment_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
    )
    op.create_index(op.f("ix_commitment_issue_id"), "commitment", ["issue_id"])

    op.create_table(
        "routing_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("defect_id", sa.Integer(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column(
            "value_tier",
            sa.Enum("A", "B", "C", name="valuetier", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(team_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_routing_rule_one_target")),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_routing_rule_defect_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_routing_rule_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_routing_rule_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint("position", name=op.f("uq_routing_rule_position")),
    )

    op.create_table(
        "service_level",
        sa.Column(
            "severity",
            sa.Enum("critical", "major", "minor", name="severity", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "value_tier",
            sa.Enum("A", "B", "C", name="valuetier", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("first_contact_hours", sa.Integer(), nullable=False),
        sa.Column("next_update_hours", sa.Integer(), nullable=False),
        sa.Column("resolution_hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("severity", "value_tier", name=op.f("pk_service_level")),
    )

    op.create_table(
        "interaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("occurred_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_interaction_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_interaction_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_interaction_issue_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_interaction_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index(op.f("ix_interaction_account_id_occurred_at"), "interaction", ["account_id", "occurred_at"])
    op.create_index(op.f("ix_interaction_contact_id"), "interaction", ["contact_id"])
    op.create_index(op.f("ix_interaction_issue_id"), "interaction", ["issue_id"])


def downgrade() -> None:
    op.drop_table("interaction")
    op.drop_table("service_level")
    op.drop_table("routing_rule")
    op.drop_table("commitment")
    op.drop_table("issue_event")
    op.drop_table("issue_voice")
    op.drop_table("issue")
