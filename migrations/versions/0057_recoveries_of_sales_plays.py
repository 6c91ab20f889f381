"""A held sales play comes into somebody's queue: one more reason for a work item.

SQLite cannot change a check, and rebuilding the table of issues with all that refers to it would take long: the check is
rewritten in the schema, as SQLite's own documentation says for changes that leave what is stored as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

BEFORE = ("response", "call_wish", "keyword", "score_drop", "complaint", "staff", "silence", "contact_gap")
NEW = "sales_play"
CHECKS = (("issue", "source", "ck_issue_issuesource"), ("issue_voice", "cause", "ck_issue_voice_issuesource"))


def upgrade() -> None:
    """Allow it."""
    for table, column, name in CHECKS:
        _check(table, name, column, BEFORE, (*BEFORE, NEW))


def downgrade() -> None:
    """Take it back; recoveries that were opened become what staff saw."""
    for table, column, name in CHECKS:
        op.execute(sa.text(f"UPDATE {table} SET {column} = 'staff' WHERE {column} = '{NEW}'"))  # noqa: S608
        _check(table, name, column, (*BEFORE, NEW), BEFORE)


def _check(table: str, name: str, column: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    bind, old, new = op.get_bind(), _one_of(column, before), _one_of(column, after)
    if bind.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, sa.text(new))
        return
    where = "type = 'table' AND name = :table"
    sql = str(bind.scalar(sa.text(f"SELECT sql FROM sqlite_master WHERE {where}"), {"table": table}))  # noqa: S608
    if old not in sql:
        raise RuntimeError(f"the check of {table}.{column} is not what this migration knows")
    schema = int(bind.scalar(sa.text("PRAGMA schema_version")) or 0)
    changed = {"sql": sql.replace(old, new), "table": table}
    bind.execute(sa.text("PRAGMA writable_schema=ON"))
    bind.execute(sa.text(f"UPDATE sqlite_master SET sql = :sql WHERE {where}"), changed)  # noqa: S608
    bind.execute(sa.text(f"PRAGMA schema_version={schema + 1}"))
    bind.execute(sa.text("PRAGMA writable_schema=OFF"))


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return " OR ".join(f"{column} = '{value}'" for value in values)
