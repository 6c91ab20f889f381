"""Statements over whole lists: one round trip, whatever the length, on SQLite and PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

Columns = Mapping[str, Sequence[Any]]


def among(session: Session, column: Any, values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """`column IN values` with a single parameter: no limit on their number, and one compiled statement for all lengths."""
    if session.get_bind().dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, list(values), type_=ARRAY(column.type), unique=True))
    listed = sa.func.json_each(sa.bindparam(None, list(values), type_=sa.JSON(), unique=True)).table_valued("value")
    return column.in_(sa.select(listed.c.value))


def next_ids(session: Session, table: sa.Table, count: int) -> range | list[int]:
    """Reserve `count` ascending ids. On SQLite call it inside the write transaction, which is alone.

    The table must have `sqlite_autoincrement`, so that the id of a deleted row is never given to another one.
    """
    if count == 0:
        return []
    if session.get_bind().dialect.name == "postgresql":
        statement = sa.text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return sorted(session.scalars(statement, {"name": table.name, "count": count}))
    last = session.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
    return range(last + 1, last + 1 + count)


def insert_columns(session: Session, table: sa.Table, columns: Columns) -> None:
    """Insert rows given as columns of equal length. Every column of the table without a database default must be there."""
    connection = session.connection()
    dialect = connection.dialect
    names = tuple(columns)
    if not columns or not len(columns[names[0]]):
        return
    converted = [_convert(table.c[name], values, dialect) for name, values in columns.items()]
    if dialect.name == "postgresql":
        _copy(connection, table, names, converted)
    else:
        connection.exec_driver_sql(_insert_sql(table, names), list(zip(*converted, strict=True)))


def _convert(column: sa.Column[Any], values: Sequence[Any], dialect: sa.Dialect) -> Sequence[Any]:
    processor = _processor(column, dialect)
    if processor is None:
        return values
    # times and enums repeat in a list; converting each distinct value once is most of the speed
    try:
        distinct = {value: processor(value) for value in set(values)}
    except TypeError:  # documents are not hashable
        return [processor(value) for value in values]
    return [distinct[value] for value in values]


def _processor(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    return column.type.dialect_impl(dialect).bind_processor(dialect)


@lru_cache(maxsize=64)
def _insert_sql(table: sa.Table, names: tuple[str, ...]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    return f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks})'  # noqa: S608  names come from the models


def _copy(connection: sa.Connection, table: sa.Table, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    quoted = ", ".join(f'"{name}"' for name in names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({quoted}) FROM STDIN') as copy:
        for row in zip(*columns, strict=True):
            copy.write_row(row)
