"""A follow-up has a day by which everybody in it is told.

Those that are open get the day they would have been given without holidays; those that are closed need none.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0048"
down_revision = "0049"
branch_labels = None
depends_on = None

TWO_WEEKS = timedelta(days=14)


def upgrade() -> None:
    """Add it."""
    op.add_column("follow_up_batch", sa.Column("due_on", sa.Date(), nullable=True))
    op.add_column("follow_up_batch", sa.Column("due_told", sa.Integer(), nullable=False, server_default="0"))
    batch = sa.table(
        "follow_up_batch",
        sa.column("id", sa.Integer()),
        sa.column("created_at", kernel_db.UTCDateTime()),
        sa.column("closed_at", kernel_db.UTCDateTime()),
        sa.column("due_on", sa.Date()),
    )
    bind = op.get_bind()
    for row in bind.execute(sa.select(batch.c.id, batch.c.created_at).where(batch.c.closed_at.is_(None))).all():
        day = (row.created_at + TWO_WEEKS).date()
        bind.execute(sa.update(batch).where(batch.c.id == row.id).values(due_on=day))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("follow_up_batch", "due_told")
    op.drop_column("follow_up_batch", "due_on")
