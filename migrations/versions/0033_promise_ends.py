"""A promise ends: kept, or the customer was told that it is not, or agreed to do without it."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0033"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("given_up_at", "withdrawn_at"):
        op.add_column("commitment", sa.Column(name, kernel_db.UTCDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("withdrawn_at", "given_up_at"):
        op.drop_column("commitment", name)
