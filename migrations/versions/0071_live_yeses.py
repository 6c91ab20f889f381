"""Whoever asks the gate hears which colleague may sell to the same customer: their open decisions are found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0064"
branch_labels = None
depends_on = None

OPEN = sa.text("substr(requested_by, 1, 5) = 'user:' AND expired_at IS NULL AND invalidated_at IS NULL")


def upgrade() -> None:
    """Add the index over decisions of people that are neither marked as expired nor invalidated."""
    op.create_index("ix_gate_decision_of_people", "gate_decision", ["account_id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_gate_decision_of_people", "gate_decision")
