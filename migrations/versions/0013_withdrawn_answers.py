"""Who changed an answer and why; answers that count nowhere."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CAUSES = ("duplicate", "test", "wrong_person", "not_from_customer", "other")
STANDING = sa.text("put_back_at IS NULL")


def upgrade() -> None:
    for name in ("changed_by", "reason", "note"):
        op.add_column("response_version", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "response_exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("responded_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("content", kernel_db.JSONDoc(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(*CAUSES, name="exclusioncause", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("excluded_by", sa.Text(), nullable=False),
        sa.Column("excluded_by_id", sa.Integer(), nullable=True),
        sa.Column("own_account", sa.Boolean(), nullable=False),
        sa.Column("excluded_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("put_back_by", sa.Text(), nullable=True),
        sa.Column("put_back_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_response_exclusion_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_response_exclusion_contact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_response_exclusion_survey_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_response_exclusion_invitation_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["excluded_by_id"], ["user.id"], name=op.f("fk_response_exclusion_excluded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_exclusion")),
    )
    where = {"sqlite_where": STANDING, "postgresql_where": STANDING, "unique": True}
    op.create_index("uq_response_exclusion_identity", "response_exclusion", ["source", "external_id"], **where)
    op.create_index("uq_response_exclusion_invitation", "response_exclusion", ["invitation_id"], **where)
    op.create_index("ix_response_exclusion_response_id", "response_exclusion", ["response_id"])
    op.create_index("ix_response_exclusion_contact_id", "response_exclusion", ["contact_id"])
    op.create_index("ix_response_exclusion_account_id_responded_at", "response_exclusion", ["account_id", "responded_at"])
    op.create_index("ix_response_exclusion_excluded_at", "response_exclusion", ["excluded_at"])


def downgrade() -> None:
    op.drop_table("response_exclusion")
    for name in ("note", "reason", "changed_by"):
        op.drop_column("response_version", name)
