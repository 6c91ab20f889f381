"""Programs with texts and a rhythm, waves, invitations that are mailed, and those who get no mail.

Three older tables change. SQLite has to rebuild them, from the tables written out here: what it reads back from its own file
has no check constraints, and the rebuilt table would have lost them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OLD_ROLES = ("account_manager", "frontline", "executive", "admin")
ROLES = ("account_manager", "frontline", "executive", "experience_manager", "admin")
OLD_STATES = ("created", "answered", "expired")
STATES = (
    "created",
    "planned",
    "skipped",
    "queued",
    "sent",
    "reminded",
    "answered",
    "bounced",
    "failed",
    "stopped",
    "expired",
)
SKIP_REASONS = (
    "account_closed",
    "left_role",
    "taken_off",
    "no_address",
    "stop_list",
    "bounced",
    "refused",
    "no_permission",
    "not_now",
    "quarantine",
    "asked_elsewhere",
    "no_room",
)
CADENCES = ("none", "monthly", "quarterly", "half_yearly", "yearly")
NEW_PROGRAM_COLUMNS = ("active", "cadence", "next_wave_on", "quarantine_days", "reminder_days", "fallbacks")
NEW_INVITATION_COLUMNS = (
    "version_id",
    "wave_id",
    "skip_reason",
    "nonce",
    "address",
    "language",
    "send_at",
    "sent_at",
    "reminders",
    "next_reminder_at",
)
INVITATION_INDEXES = {"account_id": "ix_invitation_account_id", "contact_id": "ix_invitation_contact_id"}


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _create_new_tables()
    with op.batch_alter_table("user", copy_from=_user(OLD_ROLES)) as batch:
        batch.alter_column("role", existing_type=_enum("role", *OLD_ROLES), type_=_enum("role", *ROLES), nullable=False)
    with op.batch_alter_table("survey_program", copy_from=_program()) as batch:
        for column in _program_columns():
            batch.add_column(column)
    with op.batch_alter_table("invitation", copy_from=_invitation(OLD_STATES, token_nullable=False)) as batch:
        batch.alter_column("token_digest", existing_type=sa.Text(), nullable=True)
        batch.alter_column(
            "state",
            existing_type=_enum("invitationstate", *OLD_STATES),
            type_=_enum("invitationstate", *STATES),
            nullable=False,
        )
        for column in _invitation_columns():
            batch.add_column(column)
        batch.create_foreign_key(op.f("fk_invitation_version_id"), "survey_version", ["version_id"], ["id"])
        batch.create_foreign_key(op.f("fk_invitation_wave_id"), "wave", ["wave_id"], ["id"], ondelete="CASCADE")
        batch.create_unique_constraint(
            op.f("uq_invitation_wave_id_account_id_contact_id"), ["wave_id", "account_id", "contact_id"]
        )
    _create_invitation_indexes()


def _create_new_tables() -> None:
    op.create_table(
        "survey_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", kernel_db.JSONDoc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey_program.id"], name=op.f("fk_survey_version_survey_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_version")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_survey_version_survey_id_number")),
    )
    _create_wave()
    _create_wave_exclusion()
    _create_survey_mail()
    _create_suppression()


def _create_wave() -> None:
    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", _enum("wavestate", "draft", "running", "paused", "finished", "cancelled"), nullable=False),
        sa.Column("audience", kernel_db.JSONDoc(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("account_gap_days", sa.Integer(), nullable=False),
        sa.Column("callbacks_per_owner_day", sa.Integer(), nullable=True),
        sa.Column("quarantine", _enum("quarantinemode", "block", "delay"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=True),
        sa.Column("started_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("ended_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_wave_survey_id")),
        sa.ForeignKeyConstraint(["version_id"], ["survey_version.id"], name=op.f("fk_wave_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
    )
    op.create_index(op.f("ix_wave_survey_id"), "wave", ["survey_id"])


def _create_wave_exclusion() -> None:
    op.create_table(
        "wave_exclusion",
        sa.Column("wave_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            _enum(
                "exclusionreason", "asked_by_customer", "wrong_person", "sensitive_talks", "open_complaint", "duplicate", "other"
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("prior_score", sa.SmallInteger(), nullable=True),
        sa.Column("had_open_issue", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_exclusion_wave_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_wave_exclusion_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_wave_exclusion_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wave_id", "account_id", "contact_id", name=op.f("pk_wave_exclusion")),
    )
    op.create_index(op.f("ix_wave_exclusion_contact_id"), "wave_exclusion", ["contact_id"])


def _create_survey_mail() -> None:
    op.create_table(
        "survey_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", _enum("mailkind", "invitation", "reminder"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("queued_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("sent_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("stopped_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("stopped_because", sa.Text(), nullable=True),
        sa.Column("bounced_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("bounce", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_survey_mail_invitation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_mail")),
        sa.UniqueConstraint("invitation_id", "number", name=op.f("uq_survey_mail_invitation_id_number")),
    )
    op.create_index(op.f("ix_survey_mail_message_id"), "survey_mail", ["message_id"])


def _create_suppression() -> None:
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column(
            "reason",
            _enum("suppressionreason", "unsubscribed", "complaint", "hard_bounce", "manual"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("lifted_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_suppression_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
    )
    op.create_index(op.f("ix_suppression_contact_id"), "suppression", ["contact_id"])
    op.create_index(op.f("ix_suppression_address"), "suppression", ["address"])


def _program_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("cadence", _enum("cadence", *CADENCES), server_default="none", nullable=False),
        sa.Column("next_wave_on", sa.Date(), nullable=True),
        sa.Column("quarantine_days", sa.Integer(), nullable=True),
        sa.Column("reminder_days", kernel_db.JSONDoc(), server_default="[]", nullable=False),
        sa.Column("fallbacks", kernel_db.JSONDoc(), server_default="[]", nullable=False),
    ]


def _invitation_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("wave_id", sa.Integer(), nullable=True),
        sa.Column("skip_reason", _enum("skipreason", *SKIP_REASONS), nullable=True),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("send_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("sent_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("reminders", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_reminder_at", kernel_db.UTCDateTime(), nullable=True),
    ]


def _user(roles: tuple[str, ...]) -> sa.Table:
    return sa.Table(
        "user",
        _metadata(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", _enum("role", *roles), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_user_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
        sa.Index(op.f("ix_user_team_id"), "team_id"),
    )


def _program(*more: Any) -> sa.Table:
    return sa.Table(
        "survey_program",
        _metadata(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", kernel_db.JSONDoc(), nullable=False),
        sa.Column("kind", _enum("surveykind", "relationship", "transactional"), nullable=False),
        *more,
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_program")),
        sa.UniqueConstraint("code", name=op.f("uq_survey_program_code")),
    )


def _invitation(states: tuple[str, ...], *more: Any, token_nullable: bool) -> sa.Table:
    table = sa.Table(
        "invitation",
        _metadata(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=token_nullable),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("state", _enum("invitationstate", *states), nullable=False),
        *more,
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
    for column, name in INVITATION_INDEXES.items():
        sa.Index(op.f(name), table.c[column])
    return table


def _metadata() -> sa.MetaData:
    """A home of its own for each table, with our names for constraints."""
    return sa.MetaData(naming_convention=kernel_db.CONVENTION)


def _create_invitation_indexes() -> None:
    planned, remindable = sa.text("state = 'planned'"), sa.text("next_reminder_at IS NOT NULL")
    op.create_index(
        op.f("ix_invitation_send_at_id"), "invitation", ["send_at", "id"], sqlite_where=planned, postgresql_where=planned
    )
    op.create_index(
        op.f("ix_invitation_next_reminder_at"),
        "invitation",
        ["next_reminder_at"],
        sqlite_where=remindable,
        postgresql_where=remindable,
    )


def downgrade() -> None:
    """Planned, mailed and skipped invitations go: the older tables have no words for them."""
    op.drop_index(op.f("ix_invitation_send_at_id"), "invitation")
    op.drop_index(op.f("ix_invitation_next_reminder_at"), "invitation")
    op.execute("DELETE FROM invitation WHERE state NOT IN ('created', 'answered', 'expired')")
    op.execute("""UPDATE "user" SET role = 'executive' WHERE role = 'experience_manager'""")
    with op.batch_alter_table("invitation", copy_from=_invitation(STATES, *_invitation_columns(), token_nullable=True)) as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(op.f("uq_invitation_wave_id_account_id_contact_id"), type_="unique")
            batch.drop_constraint(op.f("fk_invitation_version_id"), type_="foreignkey")
            batch.drop_constraint(op.f("fk_invitation_wave_id"), type_="foreignkey")
        for name in NEW_INVITATION_COLUMNS:
            batch.drop_column(name)
        batch.alter_column("token_digest", existing_type=sa.Text(), nullable=False)
        batch.alter_column(
            "state",
            existing_type=_enum("invitationstate", *STATES),
            type_=_enum("invitationstate", *OLD_STATES),
            nullable=False,
        )
    with op.batch_alter_table("survey_program", copy_from=_program(*_program_columns())) as batch:
        for name in NEW_PROGRAM_COLUMNS:
            batch.drop_column(name)
    with op.batch_alter_table("user", copy_from=_user(ROLES)) as batch:
        batch.alter_column("role", existing_type=_enum("role", *ROLES), type_=_enum("role", *OLD_ROLES), nullable=False)
    for table in ("suppression", "survey_mail", "wave_exclusion", "wave", "survey_version"):
        op.drop_table(table)
