"""Rows that nothing may change: decisions, policies, statements of consent, events of issues and of the audit.

The guards stand in a revision of their own, because they concern five slices. A later revision that rebuilds one of these
tables on SQLite loses its triggers and has to make them again.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Append-only tables and the parent whose deletion (erasure) takes their rows along; None: nothing may delete them.
APPEND_ONLY = {
    "audit_event": None,
    "consent_event": "contact",
    "gate_decision": "account",
    "gate_policy": None,
    "issue_event": "issue",
}
# What may be set once in a decision. Its contact is emptied when the contact is erased.
MARKS = ("expired_at", "invalidated_at", "invalidated_by")
SEALED = (
    "id",
    "account_id",
    "purpose",
    "channel",
    "initiation",
    "intent",
    "product_code",
    "inputs",
    "evidence",
    "outcome",
    "play",
    "reasons",
    "rows_hit",
    "policy_version",
    "requested_by",
    "decided_at",
    "expires_at",
    "next_review_at",
    "seal",
)


def upgrade() -> None:
    make = _protect_sqlite if op.get_bind().dialect.name == "sqlite" else _protect_postgresql
    for table, parent in APPEND_ONLY.items():
        make(table, parent)


def _orphaned(parent: str, row: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = {row}.{parent}_id)"  # noqa: S608  names of our own


def _mark_rules(same: str) -> str:
    """A mark is set once, and its seal changes with it; the contact is emptied only when it no longer exists."""
    marks = [f"(OLD.{mark} IS NULL OR NEW.{mark} {same} OLD.{mark})" for mark in MARKS]
    nothing_new = " AND ".join(f"NEW.{mark} {same} OLD.{mark}" for mark in MARKS)
    marks.append(f"((NEW.marks_seal = OLD.marks_seal) = ({nothing_new}))")
    contact = f"(NEW.contact_id {same} OLD.contact_id OR (NEW.contact_id IS NULL AND {_orphaned('contact', 'OLD')}))"
    return " AND ".join([*marks, contact])


def _protect_sqlite(table: str, parent: str | None) -> None:
    may_update = "0"
    if table == "gate_decision":
        may_update = " AND ".join([*(f"NEW.{column} IS OLD.{column}" for column in SEALED), _mark_rules("IS")])
    may_delete = _orphaned(parent, "OLD") if parent else "0"
    for event, allowed in (("UPDATE", may_update), ("DELETE", may_delete)):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} WHEN NOT ({allowed}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _protect_postgresql(table: str, parent: str | None) -> None:
    same = "IS NOT DISTINCT FROM"
    may_update = "FALSE"
    if table == "gate_decision":
        may_update = " AND ".join([*(f"NEW.{column} {same} OLD.{column}" for column in SEALED), _mark_rules(same)])
    may_delete = _orphaned(parent, "OLD") if parent else "FALSE"
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {may_delete} THEN RETURN OLD; END IF; "
        f"ELSIF {may_update} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )


def downgrade() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            op.execute(f"DROP FUNCTION {table}_append_only CASCADE")  # with its trigger
