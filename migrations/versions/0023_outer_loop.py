"""The outer loop: initiatives with their measured effect, follow-ups of customers, disruptions."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = (
    "disruption",
    "initiative",
    "disruption_account",
    "effect_check",
    "follow_up_batch",
    "initiative_defect",
    "initiative_issue",
    "follow_up_item",
)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _create_disruption()
    _create_initiative()
    _create_disruption_account()
    _create_effect_check()
    _create_follow_up_batch()
    _create_initiative_defect()
    _create_initiative_issue()
    _create_follow_up_item()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_disruption() -> None:
    op.create_table(
        "disruption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("reach", kernel_db.JSONDoc(), nullable=False),
        sa.Column("starts_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("ends_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("holds_sales", sa.Boolean(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("withdrawn_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("begun_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("over_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_disruption_ends_after_its_start")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_disruption_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disruption")),
    )


def _create_initiative() -> None:
    op.create_table(
        "initiative",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("root_cause", sa.Text(), nullable=True),
        sa.Column(
            "state",
            _enum(
                "initiativestate", "proposed", "committed", "in_progress", "delivered", "effect_confirmed", "no_effect", "dropped"
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=True),
        sa.Column("target_from", sa.Double(), nullable=True),
        sa.Column("target_to", sa.Double(), nullable=True),
        sa.Column("promise", sa.Text(), nullable=True),
        sa.Column("reach", kernel_db.JSONDoc(), nullable=False),
        sa.Column("news", kernel_db.JSONDoc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("committed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("started_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("delivered_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("reopen_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_initiative_cost_is_no_income")),
        sa.CheckConstraint("target_from BETWEEN 0 AND 1", name=op.f("ck_initiative_target_from_is_a_share")),
        sa.CheckConstraint("target_to BETWEEN 0 AND 1", name=op.f("ck_initiative_target_to_is_a_share")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_initiative_owner_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_initiative_survey_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_initiative_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative")),
    )
    op.create_index(op.f("ix_initiative_owner_id"), "initiative", ["owner_id"])
    op.create_index(op.f("ix_initiative_state"), "initiative", ["state"])


def _create_disruption_account() -> None:
    op.create_table(
        "disruption_account",
        sa.Column("disruption_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("followed_up_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_disruption_account_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["disruption_id"], ["disruption.id"], name=op.f("fk_disruption_account_disruption_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("disruption_id", "account_id", name=op.f("pk_disruption_account")),
    )
    op.create_index(op.f("ix_disruption_account_account_id"), "disruption_account", ["account_id"])
    op.create_index(
        "ix_disruption_account_waiting",
        "disruption_account",
        ["account_id"],
        sqlite_where=sa.text("followed_up_at IS NULL"),
        postgresql_where=sa.text("followed_up_at IS NULL"),
    )


def _create_effect_check() -> None:
    op.create_table(
        "effect_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("delivered_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("done_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("verdict", _enum("verdict", "too_few", "fell", "unclear", "not_fallen"), nullable=True),
        sa.Column("figures", kernel_db.JSONDoc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_effect_check_initiative_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_check")),
        sa.UniqueConstraint(
            "initiative_id", "delivered_at", "days", name=op.f("uq_effect_check_initiative_id_delivered_at_days")
        ),
    )
    op.create_index(
        op.f("ix_effect_check_due_at"),
        "effect_check",
        ["due_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _create_follow_up_batch() -> None:
    op.create_table(
        "follow_up_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=True),
        sa.Column("disruption_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("since", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("letters", kernel_db.JSONDoc(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("closed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("(initiative_id IS NULL) <> (disruption_id IS NULL)", name=op.f("ck_follow_up_batch_one_cause")),
        sa.ForeignKeyConstraint(
            ["disruption_id"], ["disruption.id"], name=op.f("fk_follow_up_batch_disruption_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_follow_up_batch_initiative_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_follow_up_batch_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_batch")),
    )
    op.create_index(op.f("ix_follow_up_batch_disruption_id"), "follow_up_batch", ["disruption_id"])
    op.create_index(op.f("ix_follow_up_batch_initiative_id"), "follow_up_batch", ["initiative_id"])
    op.create_index(op.f("ix_follow_up_batch_team_id"), "follow_up_batch", ["team_id"])


def _create_initiative_defect() -> None:
    op.create_table(
        "initiative_defect",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("defect_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_initiative_defect_defect_id")),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_defect_initiative_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("initiative_id", "defect_id", name=op.f("pk_initiative_defect")),
    )
    op.create_index(op.f("ix_initiative_defect_defect_id"), "initiative_defect", ["defect_id"])


def _create_initiative_issue() -> None:
    op.create_table(
        "initiative_issue",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_initiative_issue_initiative_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_initiative_issue_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("initiative_id", "issue_id", name=op.f("pk_initiative_issue")),
    )
    op.create_index(op.f("ix_initiative_issue_issue_id"), "initiative_issue", ["issue_id"])


def _create_follow_up_item() -> None:
    op.create_table(
        "follow_up_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.Double(), nullable=False),
        sa.Column("facts", kernel_db.JSONDoc(), nullable=False),
        sa.Column("state", _enum("itemstate", "open", "queued", "mailed", "called", "skipped"), nullable=False),
        sa.Column("skip_reason", _enum("skipreason", "not_affected", "already_told", "not_reached", "other"), nullable=True),
        sa.Column(
            "stopped_because",
            _enum(
                "stopreason",
                "account_closed",
                "left_role",
                "no_address",
                "stop_list",
                "bounced",
                "refused",
                "no_text",
                "closed",
                "not_delivered",
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("worked_by_id", sa.Integer(), nullable=True),
        sa.Column("worked_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_follow_up_item_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["follow_up_batch.id"], name=op.f("fk_follow_up_item_batch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_follow_up_item_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_follow_up_item_issue_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_follow_up_item_response_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["worked_by_id"], ["user.id"], name=op.f("fk_follow_up_item_worked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_item")),
        sa.UniqueConstraint(
            "batch_id", "account_id", "contact_id", name=op.f("uq_follow_up_item_batch_id_account_id_contact_id")
        ),
    )
    op.create_index(op.f("ix_follow_up_item_account_id"), "follow_up_item", ["account_id"])
    op.create_index(op.f("ix_follow_up_item_batch_id_state_urgency"), "follow_up_item", ["batch_id", "state", "urgency"])
    op.create_index(op.f("ix_follow_up_item_contact_id"), "follow_up_item", ["contact_id"])
    op.create_index(op.f("ix_follow_up_item_message_id"), "follow_up_item", ["message_id"])
