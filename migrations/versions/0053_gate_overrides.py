"""Exceptions from a hold of the gate."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0053"
down_revision = "0061"
branch_labels = None
depends_on = None

GRANTED = sa.text("state = 'approved'")
ENUMS = {
    "purpose": ("offers", "partner_offers", "feedback", "service"),
    "outcome": (
        *("allow", "allow_limited", "ask_consent", "learn_only", "defer"),
        *("respond_only", "serve_first", "hold", "block"),
    ),
    "overridestate": ("requested", "approved", "refused", "withdrawn", "ended"),
    "overridereason": ("expected", "deadline", "known_otherwise", "service_need", "other"),
}


def _enum(column: str, name: str) -> sa.Column[str]:
    kind = sa.Enum(*ENUMS[name], name=name, native_enum=False, create_constraint=True, length=40)
    return sa.Column(column, kind, nullable=False)


def _key(column: str, target: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_gate_override_{column}"), **options)


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "gate_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        _enum("purpose", "purpose"),
        _enum("outcome", "outcome"),
        _enum("state", "overridestate"),
        _enum("reason", "overridereason"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("expires_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("ended_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome = 'hold'", name=op.f("ck_gate_override_only_a_hold")),
        sa.CheckConstraint("days BETWEEN 1 AND 7", name=op.f("ck_gate_override_few_days")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> requested_by_id", name=op.f("ck_gate_override_second_person")
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by_id IS NOT NULL AND expires_at IS NOT NULL)",
            name=op.f("ck_gate_override_granted_by_somebody"),
        ),
        _key("account_id", "account", ondelete="CASCADE"),
        _key("contact_id", "contact", ondelete="SET NULL"),
        _key("decision_id", "gate_decision", ondelete="SET NULL"),
        _key("requested_by_id", "user"),
        _key("decided_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_override")),
    )
    for column in ("account_id", "contact_id", "decision_id", "requested_at"):
        op.create_index(op.f(f"ix_gate_override_{column}"), "gate_override", [column])
    op.create_index("ix_gate_override_granted", "gate_override", ["account_id"], sqlite_where=GRANTED, postgresql_where=GRANTED)


def downgrade() -> None:
    """Remove it."""
    op.drop_table("gate_override")
