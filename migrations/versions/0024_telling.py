"""What people want to hear and when, addresses of chats, and what became of each notice."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TOPICS = (
    "mine", "clocks", "escalation", "voices", "outcome", "team", "customers", "improvements", "surveys", "system",
)  # fmt: skip
CHANNELS, MODES = ("app", "mail", "chat"), ("at_once", "daily", "weekly", "off")
REASONS = ("choice", "daily", "weekly", "quiet", "no_address", "no_channel", "left")
WAITING = sa.text("due_at IS NOT NULL AND outbox_key IS NULL")


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)


def upgrade() -> None:
    """Add them; without a row everybody gets what they got before."""
    op.create_table(
        "notice_settings",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("digest_weekday", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("urgent_passes", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "digest_hour BETWEEN 0 AND 23 AND digest_weekday BETWEEN 0 AND 6", name=op.f("ck_notice_settings_digest_is_a_time")
        ),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_notice_settings_quiet_has_an_end")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_settings_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_settings")),
    )
    op.create_table(
        "notice_choice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("topic", _one_of("topic", TOPICS), nullable=False),
        sa.Column("channel", _one_of("channel", CHANNELS), nullable=False),
        sa.Column("mode", _one_of("mode", MODES), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_choice_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "topic", "channel", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "chat_hook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("topics", kernel_db.JSONDoc(), nullable=False),
        sa.Column("names", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_chat_hook_team_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_hook")),
        sa.UniqueConstraint("team_id", name=op.f("uq_chat_hook_team_id")),
    )
    _create_deliveries()


def _create_deliveries() -> None:
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("channel", _one_of("channel", CHANNELS), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("reason", _one_of("reason", REASONS), nullable=True),
        sa.Column("mode", _one_of("mode", MODES), nullable=False),
        sa.Column("due_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("outbox_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_delivery_account_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notification.id"], name=op.f("fk_notice_delivery_notification_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_delivery_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint("user_id", "channel", "message_key", name=op.f("uq_notice_delivery_user_id_channel_message_key")),
    )
    for column in ("notification_id", "outbox_key", "created_at", "message_key"):
        op.create_index(op.f(f"ix_notice_delivery_{column}"), "notice_delivery", [column])
    op.create_index("ix_notice_delivery_waiting", "notice_delivery", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    """Take them back."""
    for table in ("notice_delivery", "chat_hook", "notice_choice", "notice_settings"):
        op.drop_table(table)
