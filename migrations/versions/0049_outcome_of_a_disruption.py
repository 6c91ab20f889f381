"""What customers are told once a disruption is over is not what they were told while it went on.

Letters of those that are over already say what they said.
"""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0049"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.add_column("disruption", sa.Column("outcome", sa.Text(), nullable=True))
    op.add_column("disruption", sa.Column("outcomes", kernel_db.JSONDoc(), nullable=False, server_default="{}"))
    op.execute("UPDATE disruption SET outcome = message, outcomes = messages WHERE over_at IS NOT NULL")


def downgrade() -> None:
    """Remove it."""
    op.drop_column("disruption", "outcomes")
    op.drop_column("disruption", "outcome")
