"""The day until which a person wants no surveys."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("no_surveys_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("contact", "no_surveys_until")
