"""Alembic environment: each revision is one transaction on both databases; SQLite keeps children of rebuilt tables."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from feedback.kernel.db import JSONDoc, Model, UTCDateTime


def _render_item(kind: str, item: Any, autogen: Any) -> str | bool:
    if kind == "type" and isinstance(item, UTCDateTime | JSONDoc):
        autogen.imports.add("from feedback.kernel import db as kernel_db")
        return f"kernel_db.{type(item).__name__}()"
    return False


def _run(connection: Connection) -> None:
    arguments = dict(current_app.extensions["migrate"].configure_args)
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        transaction_per_migration=True,
        transactional_ddl=True,
        render_item=_render_item,
        **arguments,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = current_app.extensions["migrate"].db.engine
with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # A batch rebuild drops the parent table; with foreign_keys=ON that would delete its children. Said to the driver:
        # SQLAlchemy would begin a transaction first, and inside one SQLite ignores this pragma without a word.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    _run(connection)
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        connection.rollback()
        connection.invalidate()
        if broken:
            raise RuntimeError(f"rows without their parent: {broken[:10]}")
