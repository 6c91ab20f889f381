"""Since when an account is a customer, until when, and on whose recommendation it came."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0053"
branch_labels = None
depends_on = None

DAYS = ("customer_since", "closed_on")


def upgrade() -> None:
    """Add the columns. When accounts that are closed already were closed is not known."""
    for name in DAYS:
        op.add_column("account", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("account", sa.Column("referred_by", sa.Text(), nullable=True))
    op.create_index(op.f("ix_account_referred_by"), "account", ["referred_by"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index(op.f("ix_account_referred_by"), "account")
    for name in (*DAYS, "referred_by"):
        op.drop_column("account", name)
