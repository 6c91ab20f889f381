"""Which reasons a program offers, waves that come round by themselves, and texts that nothing may change.

The state of a wave gets a word more. SQLite has to rebuild the table for it, from the table written out here.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLD_STATES = ("draft", "running", "paused", "finished", "cancelled")
STATES = ("draft", "planning", "running", "paused", "finished", "cancelled")
# What a version of texts says may not change; it goes with its program only.
_ORPHANED = "NOT EXISTS (SELECT 1 FROM survey_program WHERE survey_program.id = OLD.survey_id)"


def upgrade() -> None:
    op.create_table(
        "survey_reason",
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("defect_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey_program.id"], name=op.f("fk_survey_reason_survey_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["defect_id"], ["defect.id"], name=op.f("fk_survey_reason_defect_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("survey_id", "defect_id", name=op.f("pk_survey_reason")),
    )
    op.add_column("survey_program", sa.Column("draft_days", sa.Integer(), server_default="14", nullable=False))
    op.add_column("survey_program", sa.Column("auto_start", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("wave", copy_from=_wave(OLD_STATES)) as batch:
        batch.alter_column(
            "state", existing_type=_enum("wavestate", *OLD_STATES), type_=_enum("wavestate", *STATES), nullable=False
        )
        for column in _wave_columns():
            batch.add_column(column)
    op.create_index(op.f("ix_wave_survey_id_due_on"), "wave", ["survey_id", "due_on"], unique=True)
    (_protect_sqlite if op.get_bind().dialect.name == "sqlite" else _protect_postgresql)()


def _protect_sqlite() -> None:
    for event, allowed in (("UPDATE", "0"), ("DELETE", _ORPHANED)):
        op.execute(
            f"CREATE TRIGGER survey_version_no_{event.lower()} BEFORE {event} ON survey_version WHEN NOT ({allowed}) "
            "BEGIN SELECT RAISE(ABORT, 'survey_version is append-only'); END"
        )


def _protect_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION survey_version_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND {_ORPHANED} THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'survey_version is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER survey_version_append_only BEFORE UPDATE OR DELETE ON survey_version "
        "FOR EACH ROW EXECUTE FUNCTION survey_version_append_only()"
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _wave_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("expected_answers", sa.Double(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
    ]


def _wave(states: tuple[str, ...], *more: Any) -> sa.Table:
    table = sa.Table(
        "wave",
        sa.MetaData(naming_convention=kernel_db.CONVENTION),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", _enum("wavestate", *states), nullable=False),
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
        *more,
        sa.ForeignKeyConstraint(["survey_id"], ["survey_program.id"], name=op.f("fk_wave_survey_id")),
        sa.ForeignKeyConstraint(["version_id"], ["survey_version.id"], name=op.f("fk_wave_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
    )
    sa.Index(op.f("ix_wave_survey_id"), table.c.survey_id)
    return table


def downgrade() -> None:
    """A wave that was being planned is a draft again."""
    for event in ("update", "delete") if op.get_bind().dialect.name == "sqlite" else ():
        op.execute(f"DROP TRIGGER survey_version_no_{event}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER survey_version_append_only ON survey_version")
        op.execute("DROP FUNCTION survey_version_append_only()")
    op.execute("DELETE FROM invitation WHERE wave_id IN (SELECT id FROM wave WHERE state = 'planning')")
    op.execute("UPDATE wave SET state = 'draft' WHERE state = 'planning'")
    op.drop_index(op.f("ix_wave_survey_id_due_on"), "wave")
    with op.batch_alter_table("wave", copy_from=_wave(STATES, *_wave_columns())) as batch:
        for column in _wave_columns():
            batch.drop_column(column.name)
        batch.alter_column(
            "state", existing_type=_enum("wavestate", *STATES), type_=_enum("wavestate", *OLD_STATES), nullable=False
        )
    op.drop_column("survey_program", "auto_start")
    op.drop_column("survey_program", "draft_days")
    op.drop_table("survey_reason")
