"""Every sales contact is logged once, with what the gate had said about it."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0062"
down_revision = "0051"
branch_labels = None
depends_on = None

ENUMS = {
    "purpose": ("offers", "partner_offers", "feedback", "service"),
    "channel": ("email", "phone", "sms", "portal", "visit", "post"),
    "initiation": ("outbound", "inbound_served", "inbound_unserved", "requested"),
    "goodmoment": ("yes", "no", "not_asked"),
    "contactoutcome": ("sold", "interested", "not_now", "declined", "lost", "no_answer", "other"),
    "match": ("valid", "without", "against"),
}
COLUMNS = {
    "purpose": "purpose", "channel": "channel", "initiation": "initiation", "good_moment": "goodmoment",
    "outcome": "contactoutcome", "matched": "match",
}  # fmt: skip


def _enum(name: str) -> sa.Enum:
    return sa.Enum(*ENUMS[name], name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Add the log."""
    op.create_table(
        "sales_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        *(sa.Column(column, _enum(name), nullable=False) for column, name in COLUMNS.items()),
        sa.Column("play", sa.Text(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("occurred_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("logged_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("logged_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sales_contact_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_sales_contact_contact_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sales_contact_user_id")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["gate_decision.id"], name=op.f("fk_sales_contact_decision_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_contact")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_sales_contact_source_external_id")),
    )
    for columns in (["account_id", "occurred_at"], ["occurred_at"], ["contact_id"], ["user_id"], ["decision_id"]):
        op.create_index(op.f(f"ix_sales_contact_{'_'.join(columns)}"), "sales_contact", columns)


def downgrade() -> None:
    """Remove it."""
    op.drop_table("sales_contact")
