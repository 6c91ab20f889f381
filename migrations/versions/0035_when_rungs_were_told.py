"""When a rung was told stands among the facts beside an issue; those of before are read from the log again."""

from alembic import op

revision = "0035"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _forget_facts()


def downgrade() -> None:
    _forget_facts()


def _forget_facts() -> None:
    """An issue without facts is folded from its log."""
    op.execute("UPDATE issue SET clock_facts = NULL WHERE clock_facts IS NOT NULL")
