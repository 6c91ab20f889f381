"""Customers come out of a CRM and standings go back: where, how far, what was seen, how runs went, what differs."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0061"
down_revision = "0052"
branch_labels = None
depends_on = None

ENUMS = {
    "vendor": ("hubspot", "salesforce"),
    "kind": ("accounts", "contacts", "spend"),
    "runstate": ("running", "done", "waits", "failed"),
    "side": ("crm", "ours"),
}


def _enum(name: str, check: str | None = None) -> sa.Enum:
    return sa.Enum(*ENUMS[name], name=check or name, native_enum=False, create_constraint=True, length=40)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def upgrade() -> None:
    """Add the tables."""
    _add_connections()
    _add_records()


def _add_connections() -> None:
    op.create_table(
        "crm_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("vendor", _enum("vendor"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("owners", kernel_db.JSONDoc(), nullable=False),
        sa.Column("push", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("pushed_to", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("wait_until", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_connection")),
        sa.UniqueConstraint("code", name=op.f("uq_crm_connection_code")),
    )
    op.create_table(
        "crm_cursor",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("kind"), nullable=False),
        sa.Column("position", kernel_db.JSONDoc(), nullable=False),
        _foreign("crm_cursor", "connection_id", "crm_connection"),
        sa.PrimaryKeyConstraint("connection_id", "kind", name=op.f("pk_crm_cursor")),
    )
    op.create_table(
        "crm_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("state", _enum("runstate"), nullable=False),
        sa.Column("counts", kernel_db.JSONDoc(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("started_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("ended_at", kernel_db.UTCDateTime(), nullable=True),
        _foreign("crm_run", "connection_id", "crm_connection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_run")),
    )
    op.create_index(op.f("ix_crm_run_connection_id"), "crm_run", ["connection_id"])


def _add_records() -> None:
    op.create_table(
        "crm_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("kind"), nullable=False),
        sa.Column("crm_id", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("said", kernel_db.JSONDoc(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("gone_at", kernel_db.UTCDateTime(), nullable=True),
        _foreign("crm_record", "connection_id", "crm_connection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_record")),
        sa.UniqueConstraint("connection_id", "kind", "crm_id", name=op.f("uq_crm_record_connection_id_kind_crm_id")),
    )
    op.create_index(op.f("ix_crm_record_kind_object_id"), "crm_record", ["kind", "object_id"])
    op.create_table(
        "crm_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("ours", kernel_db.JSONDoc(), nullable=True),
        sa.Column("theirs", kernel_db.JSONDoc(), nullable=True),
        sa.Column("winner", _enum("side"), nullable=False),
        sa.Column("found_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision", _enum("side", "decidedside"), nullable=True),
        _foreign("crm_conflict", "record_id", "crm_record"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_conflict")),
    )
    op.create_index(op.f("ix_crm_conflict_record_id"), "crm_conflict", ["record_id"])
    undecided = sa.text("decided_at IS NULL")
    op.create_index("ix_crm_conflict_open", "crm_conflict", ["id"], sqlite_where=undecided, postgresql_where=undecided)


def downgrade() -> None:
    """Remove them."""
    for table in ("crm_conflict", "crm_record", "crm_run", "crm_cursor", "crm_connection"):
        op.drop_table(table)
