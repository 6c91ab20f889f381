"""Partners are told by signed webhooks what happens: who, what, and how each delivery went."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0060"
down_revision = "0055"
branch_labels = None
depends_on = None

ENUMS = {
    "hookstate": ("active", "paused", "off"),
    "offreason": ("gone", "failing"),
    "deliverystate": ("waiting", "delivered", "given_up"),
    "newstype": (
        "gate.opened", "gate.closed", "standing.changed", "response.received", "issue.opened", "issue.changed", "issue.closed",
        "consent.changed", "webhook.test",
    ),
}  # fmt: skip


def _enum(name: str) -> sa.Enum:
    return sa.Enum(*ENUMS[name], name=name, native_enum=False, create_constraint=True, length=40)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def upgrade() -> None:
    """Add webhooks, their news and deliveries, and what partners were told of each account."""
    _add_webhooks()
    _add_deliveries()
    _add_standings()


def _add_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("events", kernel_db.JSONDoc(), nullable=False),
        sa.Column("details", sa.Boolean(), nullable=False),
        sa.Column("state", _enum("hookstate"), nullable=False),
        sa.Column("off_reason", _enum("offreason"), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("failing_since", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("last_taken_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("type", _enum("newstype"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("data", kernel_db.JSONDoc(), nullable=False),
        sa.Column("occurred_at", kernel_db.UTCDateTime(), nullable=False),
        _foreign("webhook_event", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_event_public_id")),
        sqlite_autoincrement=True,
    )
    for column in ("account_id", "occurred_at"):
        op.create_index(op.f(f"ix_webhook_event_{column}"), "webhook_event", [column])


def _add_deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("webhook_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("state", _enum("deliverystate"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("locked_until", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("settled_at", kernel_db.UTCDateTime(), nullable=True),
        _foreign("webhook_delivery", "webhook_id", "webhook"),
        _foreign("webhook_delivery", "event_id", "webhook_event"),
        _foreign("webhook_delivery", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_webhook_delivery_webhook_id_event_id")),
    )
    for column in ("event_id", "account_id"):
        op.create_index(op.f(f"ix_webhook_delivery_{column}"), "webhook_delivery", [column])
    waiting, columns = sa.text("state = 'waiting'"), ["webhook_id", "account_id", "event_id"]
    op.create_index("ix_webhook_delivery_waiting", "webhook_delivery", columns, sqlite_where=waiting, postgresql_where=waiting)
    op.create_table(
        "webhook_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _foreign("webhook_attempt", "delivery_id", "webhook_delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempt")),
    )
    for column in ("delivery_id", "at"):
        op.create_index(op.f(f"ix_webhook_attempt_{column}"), "webhook_attempt", [column])


def _add_standings() -> None:
    op.create_table(
        "standing_watch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seeded_to", sa.Integer(), nullable=False),
        sa.Column("seed_until", sa.Integer(), nullable=False),
        sa.Column("started_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_watch")),
    )
    op.create_table(
        "touched_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", kernel_db.UTCDateTime(), nullable=False),
        _foreign("touched_account", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touched_account")),
    )
    op.create_index(op.f("ix_touched_account_account_id"), "touched_account", ["account_id"])
    op.create_table(
        "told_standing",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("said", kernel_db.JSONDoc(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("review_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("issue_event_id", sa.Integer(), nullable=False),
        _foreign("told_standing", "account_id", "account"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_told_standing")),
    )
    op.create_index(op.f("ix_told_standing_review_at"), "told_standing", ["review_at"])


def downgrade() -> None:
    """Remove them."""
    tables = (
        "told_standing",
        "touched_account",
        "standing_watch",
        "webhook_attempt",
        "webhook_delivery",
        "webhook_event",
        "webhook",
    )
    for table in tables:
        op.drop_table(table)
