"""The policy of the gate is drafted by one, approved by another, and active alone."""

import sqlalchemy as sa
from alembic import op

from feedback.kernel import db as kernel_db

revision = "0052"
down_revision = "0065"
branch_labels = None
depends_on = None

STATES = ("draft", "approved", "returned", "withdrawn")
NOW = sa.text("retired_at IS NULL")
# What was decided about never changes again; a draft that was not may be changed, and nothing is ever deleted.
DECIDED = "OLD.state <> 'draft'"
# Of an activation only its end is set, once.
SAME = ("draft_id", "digest", "activated_by_id", "activated_at")
ENDED = " OR ".join(["OLD.retired_at IS NOT NULL", *(f"NEW.{column} <> OLD.{column}" for column in SAME)])


def upgrade() -> None:
    """Add both tables, and what the database itself refuses."""
    state = sa.Enum(*STATES, name="draftstate", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("content", kernel_db.JSONDoc(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("changed_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("simulation", kernel_db.JSONDoc(), nullable=True),
        sa.Column("simulated_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", kernel_db.UTCDateTime(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> author_id", name=op.f("ck_policy_draft_second_person")),
        sa.CheckConstraint("state <> 'approved' OR decided_by_id IS NOT NULL", name=op.f("ck_policy_draft_approved_by_somebody")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_policy_draft_author_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_policy_draft_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
    )
    op.create_table(
        "policy_activation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("activated_by_id", sa.Integer(), nullable=False),
        sa.Column("activated_at", kernel_db.UTCDateTime(), nullable=False),
        sa.Column("retired_at", kernel_db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("slot = 1", name=op.f("ck_policy_activation_one_slot")),
        sa.ForeignKeyConstraint(["draft_id"], ["policy_draft.id"], name=op.f("fk_policy_activation_draft_id")),
        sa.ForeignKeyConstraint(["activated_by_id"], ["user.id"], name=op.f("fk_policy_activation_activated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_activation")),
    )
    where = {"sqlite_where": NOW, "postgresql_where": NOW}
    op.create_index("uq_policy_activation_active", "policy_activation", ["slot"], unique=True, **where)
    for table, refused in (("policy_draft", DECIDED), ("policy_activation", ENDED)):
        _guard(table, refused)


def _guard(table: str, refused: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {refused} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is settled'); END"
        )
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is kept'); END")
        return
    op.execute(
        f"CREATE FUNCTION {table}_settled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' OR {refused} THEN "
        f"RAISE EXCEPTION '{table} is settled' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_settled BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_settled()"
    )


def downgrade() -> None:
    """Remove both; decisions keep the versions they were taken under."""
    for table in ("policy_activation", "policy_draft"):
        op.drop_table(table)
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION {table}_settled()")
