"""What a contact wants of us: a pause from a day to a day, by which channel and at what time of day."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0062"
branch_labels = None
depends_on = None

COLUMNS = {"paused_from": sa.Date, "paused_until": sa.Date, "preferred_channel": sa.Text, "best_hours": sa.Text}


def upgrade() -> None:
    """Add the columns, empty."""
    for name, kind in COLUMNS.items():
        op.add_column("contact", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    for name in COLUMNS:
        op.drop_column("contact", name)
