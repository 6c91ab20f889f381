"""People who were erased: their receipt, the digests by which they are met again, and texts that may be cleared.

Audit rows, events of issues and statements of consent stay append-only; while an erasure runs, in its transaction, the texts in
them may be cleared, and nothing else of them.
"""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

REASONS = ("requested", "consent_withdrawn", "no_longer_needed", "stored_wrongly")
# What stays as it is when texts are cleared, by table, and the parent whose deletion takes its rows along.
KEPT = {
    "audit_event": (("id", "occurred_at", "actor", "action", "object_type", "object_id"), None),
    "issue_event": (("id", "issue_id", "kind", "actor", "actor_id", "occurred_at"), "issue"),
    "consent_event": (
        ("id", "contact_id", "purpose", "channel", "action", "occurred_at", "recorded_at", "recorded_by"),
        "contact",
    ),
}


def upgrade() -> None:
    op.add_column("contact", sa.Column("erased_at", kernel_db.UTCDateTime(), nullable=True))
    contact = {"ondelete": "CASCADE"}
    op.create_table(
        "erased_identity",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("erased_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("met_again", sa.Integer(), nullable=False),
        sa.Column("last_met_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_erased_identity_contact_id"), **contact),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased_identity")),
    )
    op.create_index(op.f("ix_erased_identity_contact_id"), "erased_identity", ["contact_id"])
    reason = sa.Enum(*REASONS, name="erasurereason", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("reason", reason, nullable=False),
        sa.Column("counts", kernel_db.JSONDoc(), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("erased_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("files_cleaned_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_erasure_contact_id"), **contact),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_contact_id"), "erasure", ["contact_id"])
    op.create_table(
        "erasure_in_progress",
        sa.Column("contact_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_erasure_in_progress")),
    )
    for table, (kept, parent) in KEPT.items():
        _guard(table, parent, kept)


def downgrade() -> None:
    for table, (_kept, parent) in KEPT.items():
        _guard(table, parent, ())
    for table in ("erasure_in_progress", "erasure", "erased_identity"):
        op.drop_table(table)
    op.drop_column("contact", "erased_at")


def _guard(table: str, parent: str | None, kept: tuple[str, ...]) -> None:
    """Guard a table anew; without `kept` nothing may be changed at all."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    same = "IS" if sqlite else "IS NOT DISTINCT FROM"
    may_update = " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in kept)
    erasing = "EXISTS (SELECT 1 FROM erasure_in_progress)"
    may_update = f"{may_update} AND {erasing}" if kept else "FALSE"
    if sqlite:
        op.execute(f"DROP TRIGGER {table}_no_update")
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN NOT ({may_update if kept else '0'}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    orphaned = f"NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = OLD.{parent}_id)"  # noqa: S608  names of our own
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {orphaned if parent else 'FALSE'} THEN RETURN OLD; END IF; "
        f"ELSIF {may_update} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
