"""Calls that nobody picked up."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it: every call so far was picked up."""
    op.add_column("interview", sa.Column("reached", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Remove it, and the calls that were none."""
    op.execute(sa.text("DELETE FROM interview WHERE NOT reached"))
    op.drop_column("interview", "reached")
