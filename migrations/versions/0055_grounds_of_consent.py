"""On what a consent rests and how long: notices, countries' policies, ends of statements; and stop lists that concern offers.

Statements keep their guards: what is new in them may not be changed either. SQLite has to rebuild the stop list, whose reasons
get more words, from the table written out here.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0055"
down_revision = "0058"
branch_labels = None
depends_on = None

PURPOSES = ("offers", "partner_offers", "feedback", "service")
CHANNELS = ("email", "phone", "sms", "portal", "visit", "post")
OLD_REASONS = ("unsubscribed", "complaint", "hard_bounce", "manual")
REASONS = (*OLD_REASONS, "objection", "legal", "register")
STANCES = ("consent_required", "legitimate_interest", "never")
COVERAGES = ("surveys", "offers", "all")
KEPT = ("id", "contact_id", "purpose", "channel", "action", "occurred_at", "recorded_at", "recorded_by")
NEW_IN_EVENT = ("valid_until", "notice_id", "wording_hash", "captured_via")
# What is decided about a proposal is set once.
PROPOSED = (
    "id", "country", "purpose", "channel", "stance", "max_age_days", "notice_id", "reason", "effective_at", "proposed_by",
    "proposed_at",
)  # fmt: skip


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Add the tables, the columns and their guards."""
    _create_notice()
    _create_country_policy()
    for column in _event_columns():
        op.execute(f"ALTER TABLE consent_event ADD COLUMN {column}")
    _guard("consent_event", _erasing((*KEPT, *NEW_IN_EVENT)), _orphaned("contact"), replace=True)
    _guard("notice", "FALSE", "FALSE")
    _guard("country_policy", _undecided(), "FALSE")
    with op.batch_alter_table("suppression", copy_from=_suppression(OLD_REASONS)) as batch:
        _change_reasons(batch, OLD_REASONS, REASONS)
        for added in _suppression_columns():
            batch.add_column(added)
        batch.create_foreign_key(op.f("fk_suppression_account_id"), "account", ["account_id"], ["id"], ondelete="CASCADE")
    op.create_index(op.f("ix_suppression_account_id"), "suppression", ["account_id"])
    sealed = sa.text("substr(address, 1, 1) = '#'")
    op.create_index("ix_suppression_sealed", "suppression", ["id"], sqlite_where=sealed, postgresql_where=sealed)


def _event_columns() -> list[str]:
    moment = "BIGINT" if op.get_bind().dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    notice = "notice_id INTEGER CONSTRAINT fk_consent_event_notice_id REFERENCES notice (id)"
    return [f"valid_until {moment}", notice, "wording_hash TEXT", "captured_via TEXT"]


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", _enum("purpose", *PURPOSES), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("wording_hash", sa.Text(), nullable=False),
        sa.Column("effective_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("purpose", "locale", "number", name=op.f("uq_notice_purpose_locale_number")),
    )


def _create_country_policy() -> None:
    op.create_table(
        "country_policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("purpose", _enum("purpose", *PURPOSES), nullable=False),
        sa.Column("channel", _enum("channel", *CHANNELS), nullable=True),
        sa.Column("stance", _enum("lawfulstance", *STANCES), nullable=False),
        sa.Column("max_age_days", sa.Integer(), nullable=True),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effective_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("declined_by", sa.Text(), nullable=True),
        sa.Column("declined_at", kernel_db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_country_policy_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_country_policy")),
        sa.CheckConstraint("approved_at IS NULL OR declined_at IS NULL", name=op.f("ck_country_policy_decided_once")),
        sa.CheckConstraint(
            "stance <> 'legitimate_interest' OR notice_id IS NOT NULL", name=op.f("ck_country_policy_interest_needs_a_notice")
        ),
    )
    op.create_index(op.f("ix_country_policy_purpose_country"), "country_policy", ["purpose", "country"])


def _suppression(reasons: tuple[str, ...], *more: Any) -> sa.Table:
    return sa.Table(
        "suppression",
        sa.MetaData(naming_convention=kernel_db.CONVENTION),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("reason", _enum("suppressionreason", *reasons), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("lifted_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        *more,
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_suppression_contact_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.Index(op.f("ix_suppression_contact_id"), "contact_id"),
        sa.Index(op.f("ix_suppression_address"), "address"),
    )


def _suppression_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("channel", _enum("channel", *CHANNELS), nullable=True),
        sa.Column("covers", _enum("coverage", *COVERAGES), server_default="surveys", nullable=False),
        sa.Column("until", kernel_db.UTCDateTime(), nullable=True),
    ]


def _change_reasons(batch: Any, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    kinds = {"existing_type": _enum("suppressionreason", *old), "type_": _enum("suppressionreason", *new)}
    batch.alter_column("reason", **kinds, nullable=False)


def downgrade() -> None:
    """Entries that concern offers, and those with the newer reasons, go: the older table has no words for them."""
    for index in ("ix_suppression_sealed", op.f("ix_suppression_account_id")):
        op.drop_index(index, "suppression")
    op.execute("DELETE FROM suppression WHERE covers <> 'surveys' OR reason IN ('objection', 'legal', 'register')")
    with op.batch_alter_table("suppression", copy_from=_suppression(REASONS, *_suppression_columns())) as batch:
        if op.get_bind().dialect.name == "postgresql":
            batch.drop_constraint(op.f("fk_suppression_account_id"), type_="foreignkey")
        for column in ("account_id", "channel", "covers", "until"):
            batch.drop_column(column)
        _change_reasons(batch, REASONS, OLD_REASONS)
    _guard("consent_event", _erasing(KEPT), _orphaned("contact"), replace=True)
    for name in NEW_IN_EVENT:
        op.execute(f"ALTER TABLE consent_event DROP COLUMN {name}")
    for table in ("country_policy", "notice"):
        op.drop_table(table)
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION {table}_append_only()")


def _same() -> str:
    return "IS" if op.get_bind().dialect.name == "sqlite" else "IS NOT DISTINCT FROM"


def _unchanged(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"NEW.{column} {_same()} OLD.{column}" for column in columns)


def _erasing(kept: tuple[str, ...]) -> str:
    return f"{_unchanged(kept)} AND EXISTS (SELECT 1 FROM erasure_in_progress)"  # noqa: S608  names of our own


def _undecided() -> str:
    return f"{_unchanged(PROPOSED)} AND OLD.approved_at IS NULL AND OLD.declined_at IS NULL"


def _orphaned(parent: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = OLD.{parent}_id)"  # noqa: S608  names of our own


def _guard(table: str, may_update: str, may_delete: str, *, replace: bool = False) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event, allowed in (("UPDATE", may_update), ("DELETE", may_delete)):
            if replace:
                op.execute(f"DROP TRIGGER {table}_no_{event.lower()}")
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} WHEN NOT ({allowed}) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {may_delete} THEN RETURN OLD; END IF; "
        f"ELSIF {may_update} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    if not replace:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )
