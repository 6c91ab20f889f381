"""The words of the mail that asks whether it is solved, as the house says them."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0032"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "verification_letter",
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("reminder", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("language", name=op.f("pk_verification_letter")),
    )


def downgrade() -> None:
    """Remove it; the shipped words are said again."""
    op.drop_table("verification_letter")
