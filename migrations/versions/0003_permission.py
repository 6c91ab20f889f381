"""What each contact allowed, per purpose and channel."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "offers",
                "partner_offers",
                "feedback",
                "service",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "sms",
                "portal",
                "visit",
                "post",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "action",
            sa.Enum(
                "granted",
                "refused",
                "withdrawn",
                "objected",
                name="consentaction",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("occurred_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("recorded_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_consent_event_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
        sa.UniqueConstraint(
            "contact_id",
            "purpose",
            "channel",
            "occurred_at",
            "action",
            name=op.f("uq_consent_event_contact_id_purpose_channel_occurred_at_action"),
        ),
    )


def downgrade() -> None:
    op.drop_table("consent_event")
