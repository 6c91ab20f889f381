"""Programs, invitations and answers, with the defects an answer cites (`citation` needs both sides)."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_program",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", kernel_db.JSONDoc(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("relationship", "transactional", name="surveykind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_program")),
        sa.UniqueConstraint("code", name=op.f("uq_survey_program_code")),
    )

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created", "answered", "expired", name="invitationstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("expires_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("answered_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_invitation_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_invitation_contact_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_invitation_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    op.create_index(op.f("ix_invitation_account_id"), "invitation", ["account_id"])
    op.create_index(op.f("ix_invitation_contact_id"), "invitation", ["contact_id"])

    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "web",
                "phone",
                "sms",
                "portal",
                "import",
                name="answerchannel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "decision_maker", "influencer", "user", name="contactrole", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("responded_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name=op.f("ck_response_score_in_range")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_response_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_response_contact_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_response_invitation_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_response_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_response_source_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_response_invitation_id"),
        "response",
        ["invitation_id"],
        unique=True,
        sqlite_where=sa.text("invitation_id IS NOT NULL"),
        postgresql_where=sa.text("invitation_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_response_account_id_responded_at"), "response", ["account_id", "responded_at"])
    op.create_index(
        op.f("ix_response_contact_id_account_id_responded_at"), "response", ["contact_id", "account_id", "responded_at"]
    )
    op.create_index(op.f("ix_response_responded_at"), "response", ["responded_at"])

    op.create_table(
        "response_version",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", kernel_db.JSONDoc(), nullable=False),
        sa.Column("replaced_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_response_version_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "version", name=op.f("pk_response_version")),
    )

    op.create_table(
        "citation",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("defect_id", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("customer", "staff", "model", name="citationsource", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_citation_defect_id")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_citation_response_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("response_id", "defect_id", name=op.f("pk_citation")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_citation_defect_id"), "citation", ["defect_id"])


def downgrade() -> None:
    op.drop_table("citation")
    op.drop_table("response_version")
    op.drop_table("response")
    op.drop_table("invitation")
    op.drop_table("survey_program")
