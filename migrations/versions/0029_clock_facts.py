"""What the log of an issue says about its clocks stands beside the issue: a changed calendar needs no log to be read again.

Issues that are there have no such facts yet, which is legal: the next recount, which this asks for, folds them from their logs.
"""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0029"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("issue", sa.Column("clock_facts", kernel_db.JSONDoc(), nullable=True))
    op.execute("UPDATE business_calendar SET recounted_at = NULL WHERE code = 'default'")


def downgrade() -> None:
    """Remove it; the log has everything."""
    op.drop_column("issue", "clock_facts")
