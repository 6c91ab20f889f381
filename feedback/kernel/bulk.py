"""Statements over whole lists: one round trip, whatever the length, on SQLite and PostgreSQL."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from feedback.kernel.db import UTCDateTime, instant, microseconds
from feedback.kernel.prepared import Prepared, driver_cursor


class _ListOf(TypeDecorator[Any]):
    """A list as one parameter: an array on PostgreSQL, a JSON text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _Among(FunctionElement[bool]):
    """`column IN list`, with the list as a single parameter."""

    type = sa.Boolean()
    inherit_cache = True
    name = "among"

    def self_group(self, against: Any = None) -> "_Among":
        """As it stands: "… = 1" around it, which SQLite would get, hides the index."""
        return self


@compiles(_Among, "postgresql")
def _compile_array(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY({compiler.process(values, **options)})"


@compiles(_Among, "sqlite")
def _compile_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = element.clauses
    listed = f"(SELECT value FROM json_each({compiler.process(values, **options)}))"  # noqa: S608  a bound parameter
    return f"{compiler.process(column, **options)} IN {listed}"


def in_list(column: Any, name: str) -> sa.ColumnElement[bool]:
    """`column IN :name` for a statement that is built once and executed with lists of any length."""
    return _Among(column, sa.bindparam(name, type_=_ListOf(column.type)))


def among(column: Any, values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """`column IN values` with a single parameter: no limit on their number, and one compiled statement for all lengths."""
    return _Among(column, sa.bindparam(None, list(values), type_=_ListOf(column.type), unique=True))


_LAST_ID = Prepared(sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name").columns(seq=sa.Integer))


def next_ids(session: Session, table: sa.Table, count: int) -> range | list[int]:
    """Reserve `count` ascending ids. On SQLite call it inside the write transaction, which is alone.

    The table must have `sqlite_autoincrement`, so that the id of a deleted row is never given to another one.
    """
    if count == 0:
        return []
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        statement = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return sorted(connection.exec_driver_sql(statement, (table.name, count)).scalars())
    found = _LAST_ID.rows(connection, {"name": table.name})
    last = found[0].seq if found else 0
    return range(last + 1, last + 1 + count)


class Instants:
    """A column of instants that is at hand as microseconds since 1970, which is what SQLite stores."""

    def __init__(self, moments: Sequence[int | None]) -> None:
        self.moments = moments

    def __len__(self) -> int:
        return len(self.moments)


def insert_columns(session: Session, table: sa.Table, columns: Mapping[str, Sequence[Any] | Instants]) -> None:
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
        text, rows = _insert_sql(table, names), list(zip(*converted, strict=True))
        with driver_cursor(connection, text, rows, many=True) as cursor:
            cursor.executemany(text, rows)


def update_columns(
    session: Session, table: sa.Table, ids: Sequence[int], columns: Mapping[str, Sequence[Any] | Instants]
) -> None:
    """Set columns of the rows with these ids, given as columns of equal length."""
    if not ids:
        return
    connection = session.connection()
    names = tuple(columns)
    if connection.dialect.name == "postgresql":
        _update_from_arrays(connection, table, ids, columns)
    else:
        converted = [_convert(table.c[name], values, connection.dialect) for name, values in columns.items()]
        text, rows = _update_sql(table, names), list(zip(*converted, ids, strict=True))
        with driver_cursor(connection, text, rows, many=True) as cursor:
            cursor.executemany(text, rows)


@lru_cache(maxsize=64)
def _update_sql(table: sa.Table, names: tuple[str, ...]) -> str:
    settings = ", ".join(f'"{name}" = ?' for name in names)
    return f'UPDATE "{table.name}" SET {settings} WHERE "id" = ?'  # noqa: S608  names come from the models


def _update_from_arrays(
    connection: sa.Connection, table: sa.Table, ids: Sequence[int], columns: Mapping[str, Sequence[Any] | Instants]
) -> None:
    """One statement for all rows: sent one by one, each would cost the server as much as it does alone."""
    instants = frozenset(name for name, values in columns.items() if isinstance(values, Instants))
    text = _update_from_arrays_sql(table, tuple(columns), instants)
    arrays = [_as_array(table.c[name], values, connection.dialect) for name, values in columns.items()]
    parameters = [*arrays, list(ids)]
    with driver_cursor(connection, text, parameters) as cursor:
        cursor.execute(text, parameters)


@lru_cache(maxsize=64)
def _update_from_arrays_sql(table: sa.Table, names: tuple[str, ...], instants: frozenset[str]) -> str:
    settings = ", ".join(f'"{name}" = {_new(name, name in instants)}' for name in names)
    dialect = postgresql.dialect()
    kinds = ["bigint" if name in instants else table.c[name].type.compile(dialect) for name in (*names, "id")]
    arrays = ", ".join(f"CAST(%s AS {kind}[])" for kind in kinds)
    listed = ", ".join(f'"{name}"' for name in (*names, "id"))
    return f'UPDATE "{table.name}" SET {settings} FROM unnest({arrays}) AS new({listed}) WHERE "{table.name}"."id" = new."id"'  # noqa: S608


def _new(name: str, is_instant: bool) -> str:
    return f"TIMESTAMPTZ 'epoch' + new.\"{name}\" * INTERVAL '1 microsecond'" if is_instant else f'new."{name}"'


def _as_array(column: sa.Column[Any], values: Sequence[Any] | Instants, dialect: sa.Dialect) -> list[Any] | str:
    """Instants as the text of an array of numbers: the driver needs ten times as long for a list of datetimes."""
    if isinstance(values, Instants):
        return "{" + ",".join("NULL" if moment is None else str(moment) for moment in values.moments) + "}"
    return list(_convert(column, values, dialect))


def _convert(column: sa.Column[Any], values: Sequence[Any] | Instants, dialect: sa.Dialect) -> Sequence[Any]:
    if isinstance(values, Instants):
        return values.moments if dialect.name == "sqlite" else [None if one is None else instant(one) for one in values.moments]
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
    if dialect.name == "sqlite" and isinstance(column.type, UTCDateTime):
        return _microseconds
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _microseconds(value: datetime | None) -> int | None:
    """What UTCDateTime writes on SQLite, without the way through the type."""
    return None if value is None else microseconds(value)


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
