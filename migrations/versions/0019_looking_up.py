"""People by their address, and when an embedded form was seen."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    op.create_index("ix_contact_address", "contact", [sa.text("lower(email)")])
    op.add_column("invitation", sa.Column("seen_at", kernel_db.UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("invitation", "seen_at")
    op.drop_index("ix_contact_address", "contact")
