"""Connectors and the events they send, keys of embedded forms, interviews by phone."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KINDS = ("typeform", "surveymonkey", "qualtrics", "generic")
SCHEMES = ("typeform", "surveymonkey", "qualtrics", "standard_webhooks", "hmac_header", "bearer")
STATES = ("received", "waiting", "done", "superseded", "repeated", "ignored", "quarantined", "discarded")
TROUBLES = (
    "not_readable",
    "unknown_version",
    "missing",
    "bad_value",
    "unknown_account",
    "unknown_contact",
    "several_accounts",
    "unknown_link",
    "link_used",
    "unknown_code",
    "refused",
    "no_api_token",
    "fetch_failed",
    "failed",
)
UNSETTLED = sa.text("state IN ('received', 'waiting')")
POISONED = sa.text("state = 'quarantined'")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _time(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kernel_db.UTCDateTime(), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "connector",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("code"),
        _text("name"),
        sa.Column("kind", _enum("connectorkind", *KINDS), nullable=False),
        sa.Column("scheme", _enum("scheme", *SCHEMES), nullable=False),
        _text("header", nullable=True),
        _text("api_key", nullable=True),
        _text("secret"),
        _text("old_secret", nullable=True),
        _time("old_secret_until", nullable=True),
        _text("api_token", nullable=True),
        _text("api_address", nullable=True),
        sa.Column("mapping", kernel_db.JSONDoc(), nullable=False),
        sa.Column("versions", kernel_db.JSONDoc(), nullable=False),
        _text("survey"),
        sa.Column("create_accounts", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        _time("last_refused_at", nullable=True),
        _text("created_by"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
        sa.UniqueConstraint("code", name=op.f("uq_connector_code")),
    )
    _create_events()
    _create_embed_keys()
    _create_interviews()


def _create_events() -> None:
    op.create_table(
        "inbound_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        _text("digest"),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        _text("content_type"),
        _time("received_at"),
        sa.Column("state", _enum("eventstate", *STATES), nullable=False),
        sa.Column("trouble", _enum("trouble", *TROUBLES), nullable=True),
        sa.Column("detail", kernel_db.JSONDoc(), nullable=False),
        _text("event_id", nullable=True),
        _text("answer_id", nullable=True),
        _text("place", nullable=True),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _time("next_try_at", nullable=True),
        _time("settled_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["connector_id"], ["connector.id"], name=op.f("fk_inbound_event_connector_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_inbound_event_response_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_event")),
        sa.UniqueConstraint("connector_id", "digest", name=op.f("uq_inbound_event_connector_id_digest")),
    )
    for columns in (["response_id"], ["connector_id", "answer_id"], ["connector_id", "event_id"], ["received_at"]):
        op.create_index(op.f(f"ix_inbound_event_{'_'.join(columns)}"), "inbound_event", columns)
    for name, column, condition in (("unsettled", "next_try_at", UNSETTLED), ("poisoned", "id", POISONED)):
        op.create_index(f"ix_inbound_event_{name}", "inbound_event", [column], sqlite_where=condition, postgresql_where=condition)


def _create_embed_keys() -> None:
    op.create_table(
        "embed_key",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("public_id"),
        _text("name"),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("origins", kernel_db.JSONDoc(), nullable=False),
        _text("secret"),
        _text("created_by"),
        _time("created_at"),
        _time("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_embed_key_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embed_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_embed_key_public_id")),
    )


def _create_interviews() -> None:
    keys = {
        "account_id": ("account.id", "CASCADE"),
        "contact_id": ("contact.id", "CASCADE"),
        "survey_id": ("survey_program.id", None),
        "invitation_id": ("invitation.id", "SET NULL"),
        "response_id": ("response.id", "SET NULL"),
        "interviewer_id": ("user.id", None),
    }
    nullable = {"invitation_id", "response_id"}
    op.create_table(
        "interview",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=name in nullable) for name in keys),
        sa.Column("own_account", sa.Boolean(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        _time("held_at"),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_interview_{name}"), ondelete=rule)
            for name, (target, rule) in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interview")),
    )
    for name in ("account_id", "contact_id", "invitation_id", "response_id"):
        op.create_index(op.f(f"ix_interview_{name}"), "interview", [name])


def downgrade() -> None:
    for table in ("interview", "embed_key", "inbound_event", "connector"):
        op.drop_table(table)
