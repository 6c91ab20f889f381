"""The newest answer of a contact by kind of survey is found in an index alone.

A survey's id beside the time saves the look into the table for each answer that is passed over, and the row's id makes the order
complete: a standing reads two answers of each contact, lists of accounts those of every contact.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BEFORE, _NOW = "ix_response_contact_id_account_id_responded_at", "ix_response_newest"


def upgrade() -> None:
    op.create_index(_NOW, "response", ["contact_id", "account_id", "responded_at", "id", "survey_id"])
    op.drop_index(_BEFORE, "response")


def downgrade() -> None:
    op.create_index(_BEFORE, "response", ["contact_id", "account_id", "responded_at"])
    op.drop_index(_NOW, "response")
