"""Quiet weekends, for those who have chosen their times before: none, as it was."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice_settings", sa.Column("quiet_weekends", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("notice_settings") as batch:
        batch.drop_column("quiet_weekends")
