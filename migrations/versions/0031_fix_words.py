"""What was done about a problem, in each language of those who read it."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0031"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("issue", sa.Column("fix_summaries", kernel_db.JSONDoc(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Remove it; `fix_summary` has one of the texts."""
    op.drop_column("issue", "fix_summaries")
