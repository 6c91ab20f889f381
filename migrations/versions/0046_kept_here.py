"""Which mails to people here were kept on this machine instead of being sent."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice_delivery", sa.Column("kept_here", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("notice_delivery") as batch:
        batch.drop_column("kept_here")
