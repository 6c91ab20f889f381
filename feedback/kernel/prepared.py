"""Statements that every request or group of requests runs: compiled once, run on the driver's own cursor.

Running a statement that SQLAlchemy has compiled already still costs it some 45 µs; SQLite answers an indexed look-up in 4.
Types are converted as SQLAlchemy would, errors are its errors, listeners of the engine see the statement.
"""

from collections import deque, namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

Parameters = Mapping[str, Any]
_Convert = Callable[[Any], Any]
_FEW = 8  # rows; more are read column by column


class Prepared:
    """One statement with named parameters; every column that an INSERT fills has to be named in its values."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._forms: dict[str, _Form] = {}

    def rows(self, connection: sa.Connection, parameters: Parameters) -> list[Any]:
        """Run it in the connection's transaction; answers its rows as named tuples."""
        form = self.form(connection.dialect)
        values = form.bind(parameters)
        with driver_cursor(connection, form.text, values) as cursor:
            cursor.execute(form.text, values)
            return form.read(cursor)

    def columns(self, connection: sa.Connection, parameters: Parameters) -> list[Sequence[Any]]:
        """The same as columns: long lists are put together from them faster than from rows."""
        form = self.form(connection.dialect)
        values = form.bind(parameters)
        with driver_cursor(connection, form.text, values) as cursor:
            cursor.execute(form.text, values)
            return form.read_columns(cursor)

    def change(self, connection: sa.Connection, parameters: Parameters) -> int:
        """Run an UPDATE or DELETE; answers how many rows it changed."""
        form = self.form(connection.dialect)
        values = form.bind(parameters)
        with driver_cursor(connection, form.text, values) as cursor:
            cursor.execute(form.text, values)
            return int(cursor.rowcount)

    def each(self, connection: sa.Connection, rows: Sequence[Parameters]) -> None:
        """Run it once per row of parameters; nothing is answered."""
        if rows:
            form = self.form(connection.dialect)
            values = form.bind_all(rows)
            with driver_cursor(connection, form.text, values, many=True) as cursor:
                cursor.executemany(form.text, values)

    def rows_of_each(self, connection: sa.Connection, rows: Sequence[Parameters]) -> list[Any]:
        """Run it once per row of parameters; answers what each gave back (INSERT … RETURNING)."""
        if not rows:
            return []
        form = self.form(connection.dialect)
        values, found = form.bind_all(rows), []
        with driver_cursor(connection, form.text, values, many=True) as cursor:
            if connection.dialect.name == "postgresql":
                cursor.executemany(form.text, values, returning=True)
                found += form.read(cursor)
                while cursor.nextset():
                    found += form.read(cursor)
            else:
                for row in values:
                    found += form.read(cursor.execute(form.text, row))
        return found

    def form(self, dialect: Dialect) -> "_Form":
        """The statement as this database reads it."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self._statement, dialect)
        return form


def every_column(table: Any) -> dict[str, sa.BindParameter[Any]]:
    """The values of an INSERT with all columns but those that the database gives: the id, and what it computes.

    What a row of parameters leaves out becomes the column's default, or null.
    """
    given = table.autoincrement_column
    return {column.name: _parameter(column) for column in table.c if column is not given and column.computed is None}


def _parameter(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    if column.default is None and not column.nullable:
        return sa.bindparam(column.name, type_=column.type)
    default: Any = column.default
    return sa.bindparam(column.name, default.arg if default is not None else None, type_=column.type)


class _Form:
    """A statement compiled for one database, with what converts its parameters and columns."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise ValueError(f"Write lists as `in_list`, so that the text is the same for all lengths: {compiled}")
        self.text: str = compiled.string
        self.columns = list(compiled._result_columns) if compiled._result_columns else []
        self._dialect = dialect
        self._order: list[str] | None = list(compiled.positiontup) if compiled.positional else None
        self._constants = {name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required}
        self._bound: dict[str, _Convert] = {
            name: convert
            for bind, name in compiled.bind_names.items()
            if (convert := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._row: Any = None
        self._converts: list[tuple[int, _Convert]] = []

    def bind(self, parameters: Parameters) -> Any:
        """The values as the driver takes them: in order, or by name."""
        return self.bind_all([parameters])[0]

    def bind_all(self, rows: Sequence[Parameters]) -> list[Any]:
        """The same for each row. What rows share, such as the time and a document, is converted once."""
        last: dict[str, tuple[Any, Any]] = {}
        bound = []
        for row in rows:
            values = {**self._constants, **row}
            for name, convert in self._bound.items():
                value = values[name]
                if name not in last or last[name][0] is not value:
                    last[name] = value, convert(value)
                values[name] = last[name][1]
            bound.append(values if self._order is None else [values[name] for name in self._order])
        return bound

    def read(self, cursor: Any) -> list[Any]:
        """The rows of a cursor, as named tuples."""
        if self._row is None:
            self._learn(cursor.description)
        found, make = cursor.fetchall(), self._row._make
        if not self._converts:
            return list(map(make, found))
        if len(found) < _FEW:
            return [make(self._converted(row)) for row in found]
        return list(map(make, zip(*self._convert_columns(found), strict=True)))

    def read_columns(self, cursor: Any) -> list[Sequence[Any]]:
        """The columns of a cursor's rows."""
        if self._row is None:
            self._learn(cursor.description)
        return self._convert_columns(cursor.fetchall())

    def _convert_columns(self, found: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        columns: list[Sequence[Any]] = list(zip(*found, strict=True)) or [()] * len(self.columns)
        for place, convert in self._converts:
            columns[place] = list(map(convert, columns[place]))
        return columns

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for place, convert in self._converts:
            values[place] = convert(values[place])
        return values

    def _learn(self, description: Sequence[Any]) -> None:
        converts = [
            (place, column.type.dialect_impl(self._dialect).result_processor(self._dialect, described[1]))
            for place, (column, described) in enumerate(zip(self.columns, description, strict=True))
        ]
        self._converts = [(place, convert) for place, convert in converts if convert is not None]
        self._row = namedtuple("Row", [column.keyname for column in self.columns], rename=True)  # type: ignore[misc]


@contextmanager
def driver_cursor(connection: sa.Connection, text: str, values: Any, *, many: bool = False) -> Iterator[Any]:
    """A cursor of the connection; what the driver raises becomes what SQLAlchemy would raise."""
    dialect = connection.dialect
    cursor = connection.connection.cursor()
    try:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, text, values, None, many)
        yield cursor
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
        raised = _as_ours(error, text, values, dialect, lost=lost)
        if lost:
            connection.invalidate(error)
        raise raised from error
    finally:
        cursor.close()


def _as_ours(error: Exception, text: str, values: Any, dialect: Dialect, *, lost: bool) -> BaseException:
    base = dialect.loaded_dbapi.Error
    return sa.exc.DBAPIError.instance(text, values, error, base, connection_invalidated=lost, dialect=dialect)


class Readers:
    """Open connections for reads of one statement that belong to no transaction.

    Each statement sees what was committed before it. No session is begun and ended for it: on SQLite that would cost ten times
    the read itself, on PostgreSQL three further ways to the server (is it there, begin, roll back).
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._idle: deque[Any] = deque()
        sa.event.listen(engine, "engine_disposed", self._forget)

    def rows(self, engine: sa.Engine, prepared: Prepared, parameters: Parameters) -> list[Any]:
        """The rows of a statement as of now."""
        form = prepared.form(engine.dialect)
        values = form.bind(parameters)
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._read(engine, _open(engine), form, values)
        try:
            return self._read(engine, connection, form, values)
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
        self._forget(engine)  # the server was started anew meanwhile: none of the others is good either
        return self._read(engine, _open(engine), form, values)

    def _read(self, engine: sa.Engine, connection: Any, form: _Form, values: Any) -> list[Any]:
        try:
            found = form.read(connection.execute(form.text, values))
        except engine.dialect.loaded_dbapi.Error as error:
            lost = engine.dialect.is_disconnect(error, connection, None)
            connection.close()
            raise _as_ours(error, form.text, values, engine.dialect, lost=lost) from error
        self._idle.append(connection)
        return found

    def _forget(self, _engine: sa.Engine) -> None:
        # a connection that is in use just now comes back to the old list and goes with it
        idle, self._idle = self._idle, deque()
        for connection in idle:
            connection.close()


def _open(engine: sa.Engine) -> Any:
    taken = engine.raw_connection()
    taken.detach()  # with all settings of the pool's connections, but not one of them
    driver: Any = taken.dbapi_connection
    if engine.dialect.name == "postgresql":
        driver.autocommit = True
    return driver
