"""One run of a CRM connection at a time, also over processes: who runs it now, and until when that is believed."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0073"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns."""
    op.add_column("crm_connection", sa.Column("leased_by", sa.Text(), nullable=True))
    op.add_column("crm_connection", sa.Column("leased_until", kernel_db.UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("crm_connection") as table:
        table.drop_column("leased_until")
        table.drop_column("leased_by")
