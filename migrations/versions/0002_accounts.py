"""Customers: accounts, contacts with a role in each, other systems' identities, what they spend."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column(
            "value_tier",
            sa.Enum("A", "B", "C", name="valuetier", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("annual_revenue", sa.Double(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("active", "closed", name="accountstatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("updated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_account_owner_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_account_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("external_id", name=op.f("uq_account_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_account_name"), "account", ["name"])
    op.create_index(op.f("ix_account_owner_id"), "account", ["owner_id"])
    op.create_index(op.f("ix_account_region"), "account", ["region"])
    op.create_index(op.f("ix_account_team_id"), "account", ["team_id"])

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("not_now_until", sa.Date(), nullable=True),
        sa.Column("not_now_reason", sa.Text(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("updated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("external_id", name=op.f("uq_contact_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_email"), "contact", ["email"])

    op.create_table(
        "account_contact",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "decision_maker", "influencer", "user", name="contactrole", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("role_guessed", sa.Boolean(), nullable=False),
        sa.Column("since", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("left_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_contact_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_account_contact_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "contact_id", name=op.f("pk_account_contact")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_account_contact_contact_id"), "account_contact", ["contact_id"])

    op.create_table(
        "external_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint(
            "system", "object_type", "external_id", name=op.f("uq_external_identity_system_object_type_external_id")
        ),
    )
    op.create_index(op.f("ix_external_identity_object_type_object_id"), "external_identity", ["object_type", "object_id"])

    op.create_table(
        "spend",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_spend_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spend")),
        sa.UniqueConstraint("account_id", "month", "product_code", name=op.f("uq_spend_account_id_month_product_code")),
    )

    op.create_table(
        "wallet_estimate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("total_spend", sa.Double(), nullable=False),
        sa.Column("our_spend", sa.Double(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_wallet_estimate_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_estimate")),
        sa.UniqueConstraint("account_id", "category", "as_of", name=op.f("uq_wallet_estimate_account_id_category_as_of")),
    )


def downgrade() -> None:
    op.drop_table("wallet_estimate")
    op.drop_table("spend")
    op.drop_table("external_identity")
    op.drop_table("account_contact")
    op.drop_table("contact")
    op.drop_table("account")
