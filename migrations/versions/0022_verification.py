"""Whether a fix holds: who is asked and what they say, and recovery pulses; two kinds of programs and a kind of form for them.

SQLite has to rebuild two older tables for that, from the tables written out here (see 0011).
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OLD_KINDS = ("relationship", "transactional")
KINDS = (*OLD_KINDS, "recovery_pulse", "verification")
OLD_FORMS = ("answer", "unsubscribe")
FORMS = (*OLD_FORMS, "verdict")
CADENCES = ("none", "monthly", "quarterly", "half_yearly", "yearly")
HELD = sa.text("state = 'held'")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str, column: str, target: str, ondelete: str | None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)


def upgrade() -> None:
    _change(OLD_KINDS, KINDS, OLD_FORMS, FORMS)
    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("way", _enum("way", "mail", "call", "pulse"), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("interaction_id", sa.Integer(), nullable=True),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("verdict", _enum("verdict", "yes", "partly", "no"), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("undo", kernel_db.JSONDoc(), server_default="{}", nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("answered_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("(verdict IS NULL) = (answered_at IS NULL)", name=op.f("ck_verification_a_word_has_a_moment")),
        _key("verification", "issue_id", "issue", "CASCADE"),
        _key("verification", "contact_id", "contact", "SET NULL"),
        _key("verification", "invitation_id", "invitation", "SET NULL"),
        _key("verification", "interaction_id", "interaction", "SET NULL"),
        _key("verification", "response_id", "response", "SET NULL"),
        _key("verification", "recorded_by_id", "user", None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_verification_invitation_id")),
    )
    op.create_index(op.f("ix_verification_contact_id"), "verification", ["contact_id"])
    op.create_index(op.f("ix_verification_issue_id_contact_id"), "verification", ["issue_id", "contact_id"])
    op.create_table(
        "recovery_pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=True),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        _key("recovery_pulse", "issue_id", "issue", "CASCADE"),
        _key("recovery_pulse", "contact_id", "contact", "SET NULL"),
        _key("recovery_pulse", "invitation_id", "invitation", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_pulse")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_recovery_pulse_invitation_id")),
        sa.UniqueConstraint("issue_id", "contact_id", "round", name=op.f("uq_recovery_pulse_issue_id_contact_id_round")),
    )
    op.create_index(op.f("ix_recovery_pulse_contact_id"), "recovery_pulse", ["contact_id"])


def downgrade() -> None:
    """Requests and answers stay, as those of a program about events: the older version knows nothing else."""
    op.drop_table("recovery_pulse")
    op.drop_table("verification")
    op.execute("DELETE FROM submission WHERE form = 'verdict'")
    op.execute("UPDATE survey_program SET kind = 'transactional' WHERE kind IN ('recovery_pulse', 'verification')")
    _change(KINDS, OLD_KINDS, FORMS, OLD_FORMS)


def _change(kinds: tuple[str, ...], new_kinds: tuple[str, ...], forms: tuple[str, ...], new_forms: tuple[str, ...]) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:  # triggers of other tables name the table that is rebuilt, which does not exist for a moment
        op.execute("PRAGMA legacy_alter_table=ON")
    _change_enum(_program(kinds), "kind", _enum("surveykind", *kinds), _enum("surveykind", *new_kinds))
    _change_enum(_submission(forms), "form", _enum("formkind", *forms), _enum("formkind", *new_forms))
    if sqlite:
        op.execute("PRAGMA legacy_alter_table=OFF")


def _change_enum(table: sa.Table, column: str, before: sa.Enum, after: sa.Enum) -> None:
    with op.batch_alter_table(table.name, copy_from=table) as batch:
        batch.alter_column(column, existing_type=before, type_=after, nullable=False)


def _metadata() -> sa.MetaData:
    return sa.MetaData(naming_convention=kernel_db.CONVENTION)


def _program(kinds: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "survey_program",
        _metadata(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", kernel_db.JSONDoc(), nullable=False),
        sa.Column("kind", _enum("surveykind", *kinds), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        *_rhythm(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_program")),
        sa.UniqueConstraint("code", name=op.f("uq_survey_program_code")),
    )


def _rhythm() -> list[sa.Column[Any]]:
    return [
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("cadence", _enum("cadence", *CADENCES), server_default="none", nullable=False),
        sa.Column("next_wave_on", sa.Date(), nullable=True),
        sa.Column("quarantine_days", sa.Integer(), nullable=True),
        sa.Column("reminder_days", kernel_db.JSONDoc(), server_default="[]", nullable=False),
        sa.Column("fallbacks", kernel_db.JSONDoc(), server_default="[]", nullable=False),
        sa.Column("draft_days", sa.Integer(), server_default="14", nullable=False),
        sa.Column("auto_start", sa.Boolean(), server_default=sa.false(), nullable=False),
    ]


def _submission(forms: tuple[str, ...]) -> sa.Table:
    table = sa.Table(
        "submission",
        _metadata(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("form", _enum("formkind", *forms), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("state", _enum("submissionstate", "held", "accepted", "superseded", "dropped"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", kernel_db.JSONDoc(), nullable=False),
        sa.Column("received_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=True),
        _key("submission", "invitation_id", "invitation", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("invitation_id", "view", "form", name=op.f("uq_submission_invitation_id_view_form")),
    )
    sa.Index(op.f("ix_submission_received_at"), table.c.received_at)
    sa.Index(op.f("ix_submission_due_at"), table.c.due_at, sqlite_where=HELD, postgresql_where=HELD)
    return table
