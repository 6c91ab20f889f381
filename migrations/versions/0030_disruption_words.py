"""What a disruption is called and what is said about it, in each language."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0030"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("titles", "messages"):
        op.add_column("disruption", sa.Column(name, kernel_db.JSONDoc(), server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("disruption") as batch:
        batch.drop_column("messages")
        batch.drop_column("titles")
