"""The catalogue of defects and the counts a ranking reads."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "defect",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "category",
            sa.Enum("product", "price", "service", name="defectcategory", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("names", kernel_db.JSONDoc(), nullable=False),
        sa.Column("wording", kernel_db.JSONDoc(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_defect")),
        sa.UniqueConstraint("code", name=op.f("uq_defect_code")),
        sa.UniqueConstraint("ordinal", name=op.f("uq_defect_ordinal")),
    )

    op.create_table(
        "score_tail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_tail")),
    )

    op.create_table(
        "score_grain",
        sa.Column("grain", sa.SmallInteger(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.Column("cube", sa.LargeBinary(), nullable=False),
        sa.Column("pairs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "survey_id", "segment", "region", "month", name=op.f("pk_score_grain")),
    )

    op.create_table(
        "account_grain",
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.Column("cube", sa.LargeBinary(), nullable=False),
        sa.Column("pairs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("month", "survey_id", "segment", "region", name=op.f("pk_account_grain")),
    )

    op.create_table(
        "account_reach",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("span", sa.SmallInteger(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", "span", "start", name=op.f("pk_account_reach")),
    )

    op.create_table(
        "design_effect",
        sa.Column("defect_id", sa.Integer(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("computed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_design_effect_defect_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("defect_id", name=op.f("pk_design_effect")),
    )


def downgrade() -> None:
    op.drop_table("design_effect")
    op.drop_table("account_reach")
    op.drop_table("account_grain")
    op.drop_table("score_grain")
    op.drop_table("score_tail")
    op.drop_table("defect")
