"""Suggestions to sell are screened, and every step with them is kept."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0056"
down_revision = "0059"
branch_labels = None
depends_on = None

STATES = ("accepted", "held", "screened_out", "question", "taken", "dismissed", "expired")
TRIGGERS = ("spend_drop", "crm_suggestion", "renewal", "other")
ANSWERS = ("seasonal", "known_project_end", "data_error", "ask_customer", "buys_less")
OPEN = sa.text("state IN ('accepted', 'held', 'question')")


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "sales_play",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("trigger", _enum("trigger", TRIGGERS), nullable=False),
        sa.Column("payload", kernel_db.JSONDoc(), nullable=False),
        sa.Column("state", _enum("playstate", STATES), nullable=False),
        sa.Column("reasons", kernel_db.JSONDoc(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("baseline", kernel_db.JSONDoc(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("answer", _enum("answer", ANSWERS), nullable=True),
        sa.Column("answer_note", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("received_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("screened_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("screen_due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("expires_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("ended_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sales_play_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_sales_play_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["gate_decision.id"], name=op.f("fk_sales_play_decision_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name=op.f("fk_sales_play_issue_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["taken_by_id"], ["user.id"], name=op.f("fk_sales_play_taken_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_play")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_play_source_external_id")),
    )
    for columns in (["account_id", "received_at"], ["state", "received_at", "id"], ["decision_id"], ["issue_id"]):
        op.create_index(op.f(f"ix_sales_play_{'_'.join(columns)}"), "sales_play", columns)
    where = {"sqlite_where": OPEN, "postgresql_where": OPEN}
    op.create_index("ix_sales_play_open", "sales_play", ["account_id"], **where)
    op.create_index("ix_sales_play_due", "sales_play", ["screen_due_at"], **where)
    op.create_table(
        "sales_play_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("play_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", _enum("playstate", STATES), nullable=False),
        sa.Column("reasons", kernel_db.JSONDoc(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["gate_decision.id"], name=op.f("fk_sales_play_step_decision_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["play_id"], ["sales_play.id"], name=op.f("fk_sales_play_step_play_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_play_step")),
    )
    for columns in (["play_id", "at"], ["at"], ["decision_id"]):
        op.create_index(op.f(f"ix_sales_play_step_{'_'.join(columns)}"), "sales_play_step", columns)


def downgrade() -> None:
    """Remove them."""
    op.drop_table("sales_play_step")
    op.drop_table("sales_play")
