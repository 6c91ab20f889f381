"""Who stands behind a link: opened scores, signs of machines, and what was sent from pages."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _invitation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["invitation_id"], ["invitation.id"], name=op.f(f"fk_{table}_invitation_id"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "provisional_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("at", kernel_db.UTCDateTime(), nullable=False),
        _invitation("provisional_mark"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provisional_mark")),
        sa.UniqueConstraint("invitation_id", "client", "score", name=op.f("uq_provisional_mark_invitation_id_client_score")),
    )
    op.create_index(op.f("ix_provisional_mark_at"), "provisional_mark", ["at"])
    op.create_table(
        "scanner_sign",
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("kind", _enum("signkind", "decoy", "hidden_link", "hidden_field", "instant", "two_scores"), nullable=False),
        sa.Column("at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        _invitation("scanner_sign"),
        sa.PrimaryKeyConstraint("invitation_id", "client", "kind", name=op.f("pk_scanner_sign")),
    )
    op.create_index(op.f("ix_scanner_sign_at"), "scanner_sign", ["at"])
    _create_submission()


def _create_submission() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("form", _enum("formkind", "answer", "unsubscribe"), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("state", _enum("submissionstate", "held", "accepted", "superseded", "dropped"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", kernel_db.JSONDoc(), nullable=False),
        sa.Column("received_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=True),
        _invitation("submission"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("invitation_id", "view", "form", name=op.f("uq_submission_invitation_id_view_form")),
    )
    op.create_index(op.f("ix_submission_received_at"), "submission", ["received_at"])
    held = sa.text("state = 'held'")
    op.create_index(op.f("ix_submission_due_at"), "submission", ["due_at"], sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    for table in ("submission", "scanner_sign", "provisional_mark"):
        op.drop_table(table)
