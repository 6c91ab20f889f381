"""Decision tables per version and the decisions taken by them."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate_policy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("tables", kernel_db.JSONDoc(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("activated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_gate_policy")),
    )

    op.create_table(
        "gate_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("initiation", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("inputs", kernel_db.JSONDoc(), nullable=False),
        sa.Column("evidence", kernel_db.JSONDoc(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("play", sa.Text(), nullable=False),
        sa.Column("reasons", kernel_db.JSONDoc(), nullable=False),
        sa.Column("rows_hit", kernel_db.JSONDoc(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("expires_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("next_review_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("expired_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("invalidated_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("invalidated_by", sa.Text(), nullable=True),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("marks_seal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_gate_decision_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_gate_decision_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["policy_version"], ["gate_policy.version"], name=op.f("fk_gate_decision_policy_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_decision")),
    )
    op.create_index(op.f("ix_gate_decision_account_id_decided_at"), "gate_decision", ["account_id", "decided_at"])
    op.create_index(op.f("ix_gate_decision_contact_id"), "gate_decision", ["contact_id"])
    op.create_index(
        op.f("ix_gate_decision_expires_at"),
        "gate_decision",
        ["expires_at"],
        sqlite_where=sa.text("expired_at IS NULL"),
        postgresql_where=sa.text("expired_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("gate_decision")
    op.drop_table("gate_policy")
