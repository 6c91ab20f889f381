"""Account plans with their parts: objectives, what must change, sales intents, reviews and promises."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0058"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLES = ("account_plan", "plan_intent", "plan_objective", "plan_review", "plan_condition", "plan_promise")


def upgrade() -> None:
    """Add them."""
    _plans()
    _intents()
    _objectives()
    _reviews()
    _conditions()
    _promises()


def downgrade() -> None:
    """Remove them with everything that was planned."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _plans() -> None:
    op.create_table(
        "account_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "period",
            sa.Enum("quarter", "half", "year", "free", name="periodkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "active", "closed", name="planstate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("activated_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("closed_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_account_plan_closed_at_some_time")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_account_plan_ends_after_its_start")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_plan_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_account_plan_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_plan")),
    )
    op.create_index(op.f("ix_account_plan_account_id"), "account_plan", ["account_id"])
    op.create_index(
        "uq_account_plan_live",
        "account_plan",
        ["account_id", "starts_on", "ends_on"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _intents() -> None:
    op.create_table(
        "plan_intent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "intent",
            sa.Enum("new_sale", "cross_sell", "upsell", name="intent", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("open", "won", "lost", "dropped", name="intentstate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("settled_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_intent_is_worth_something")),
        sa.ForeignKeyConstraint(["plan_id"], ["account_plan.id"], name=op.f("fk_plan_intent_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_intent")),
    )
    op.create_index(op.f("ix_plan_intent_plan_id"), "plan_intent", ["plan_id"])


def _objectives() -> None:
    op.create_table(
        "plan_objective",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("open", "reached", "dropped", name="objectivestate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("settled_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_plan_objective_owner_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["account_plan.id"], name=op.f("fk_plan_objective_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_objective")),
    )
    op.create_index(op.f("ix_plan_objective_owner_id"), "plan_objective", ["owner_id"])
    op.create_index(op.f("ix_plan_objective_plan_id"), "plan_objective", ["plan_id"])


def _reviews() -> None:
    op.create_table(
        "plan_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("held_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("people", sa.Text(), nullable=True),
        sa.Column("agreed", sa.Text(), nullable=True),
        sa.Column("cancelled_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.CheckConstraint("held_at IS NULL OR cancelled_at IS NULL", name=op.f("ck_plan_review_held_or_cancelled")),
        sa.CheckConstraint("minutes BETWEEN 5 AND 1440", name=op.f("ck_plan_review_lasts_a_day_at_most")),
        sa.ForeignKeyConstraint(["plan_id"], ["account_plan.id"], name=op.f("fk_plan_review_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_review")),
    )
    op.create_index(op.f("ix_plan_review_plan_id"), "plan_review", ["plan_id"])
    op.create_index(op.f("ix_plan_review_starts_at"), "plan_review", ["starts_at"])


def _conditions() -> None:
    op.create_table(
        "plan_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "issue",
                "defect",
                "disruption",
                "score",
                "consent",
                "heard",
                "index",
                "wallet",
                name="conditionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("defect_id", sa.Integer(), nullable=True),
        sa.Column("disruption_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "sms",
                "portal",
                "visit",
                "post",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("least_score", sa.SmallInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.CheckConstraint("(kind = 'defect') = (defect_id IS NOT NULL)", name=op.f("ck_plan_condition_defect_is_named")),
        sa.CheckConstraint(
            "(kind = 'disruption') = (disruption_id IS NOT NULL)", name=op.f("ck_plan_condition_disruption_is_named")
        ),
        sa.CheckConstraint("(kind = 'issue') = (issue_id IS NOT NULL)", name=op.f("ck_plan_condition_issue_is_named")),
        sa.CheckConstraint(
            "(kind = 'score' OR kind = 'consent') = (contact_id IS NOT NULL)", name=op.f("ck_plan_condition_person_is_named")
        ),
        sa.CheckConstraint("least_score BETWEEN 7 AND 10", name=op.f("ck_plan_condition_score_is_good")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_plan_condition_contact_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_plan_condition_defect_id")),
        sa.ForeignKeyConstraint(
            ["disruption_id"], ["disruption.id"], name=op.f("fk_plan_condition_disruption_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_plan_condition_issue_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["account_plan.id"], name=op.f("fk_plan_condition_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_condition")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_plan_condition_plan_id_key")),
    )
    op.create_index(op.f("ix_plan_condition_contact_id"), "plan_condition", ["contact_id"])
    op.create_index(op.f("ix_plan_condition_issue_id"), "plan_condition", ["issue_id"])
    op.create_index(op.f("ix_plan_condition_plan_id"), "plan_condition", ["plan_id"])


def _promises() -> None:
    op.create_table(
        "plan_promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("commitment_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("kept_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("broken_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("withdrawn_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.CheckConstraint("(commitment_id IS NULL) = (due_on IS NOT NULL)", name=op.f("ck_plan_promise_own_has_a_day")),
        sa.CheckConstraint("(commitment_id IS NULL) = (text IS NOT NULL)", name=op.f("ck_plan_promise_own_or_of_an_issue")),
        sa.CheckConstraint(
            "commitment_id IS NULL OR (kept_at IS NULL AND broken_at IS NULL AND withdrawn_at IS NULL)",
            name=op.f("ck_plan_promise_ends_where_it_was_made"),
        ),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_plan_promise_commitment_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_plan_promise_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_plan_promise_made_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["account_plan.id"], name=op.f("fk_plan_promise_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_promise")),
        sa.UniqueConstraint("plan_id", "commitment_id", name=op.f("uq_plan_promise_plan_id_commitment_id")),
    )
    op.create_index(op.f("ix_plan_promise_commitment_id"), "plan_promise", ["commitment_id"])
    op.create_index(op.f("ix_plan_promise_contact_id"), "plan_promise", ["contact_id"])
    op.create_index(op.f("ix_plan_promise_made_by_id"), "plan_promise", ["made_by_id"])
    op.create_index(op.f("ix_plan_promise_plan_id"), "plan_promise", ["plan_id"])
