"""Whether somebody was asked is answered from an index; whether who was taken off a wave would have been asked."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_invitation_asked", "invitation", ["contact_id", "account_id", "sent_at", "survey_id"])
    op.drop_index("ix_invitation_contact_id", "invitation")
    op.add_column("wave_exclusion", sa.Column("eligible", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("wave_exclusion", "eligible")
    op.create_index("ix_invitation_contact_id", "invitation", ["contact_id"])
    op.drop_index("ix_invitation_asked", "invitation")
