"""Inserting rows that may stand there already: whoever comes second leaves them alone."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from feedback.extensions import db
from feedback.kernel.db import Model
from feedback.kernel.prepared import Prepared, every_column


def insert_into(model: type[Model], dialect: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of this database's dialect, which knows ON CONFLICT. Into the table: the session has nothing to add to it."""
    table: Any = model.__table__
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return insert.values(every_column(table))


@lru_cache(maxsize=8)
def _insert_new(model: type[Model], unique: tuple[str, ...], dialect: str) -> Prepared:
    return Prepared(insert_into(model, dialect).on_conflict_do_nothing(index_elements=list(unique)))


def insert_ignoring_conflicts(model: type[Model], unique: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; one that exists already by its unique columns is left alone."""
    if rows:
        db.session.flush()
        connection = db.session.connection()
        _insert_new(model, tuple(unique), connection.dialect.name).each(connection, rows)
