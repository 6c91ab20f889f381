"""Model base, naming convention and column types that behave the same on SQLite and PostgreSQL."""

import copy
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
MAX_ID = 2**31 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)  # comes after every instant; a day before the last, for any zone


class UTCDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. Naive values are refused: a time without a zone is a bug, not a default.

    A timestamp on PostgreSQL; on SQLite microseconds since 1970 as an integer, because text of 26 characters, in the row and
    in each index over a time, made a third of what storing an answer costs.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.DateTime(timezone=True) if dialect.name == "postgresql" else sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return microseconds(value) if dialect.name == "sqlite" else _aware(value).astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return _instant(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """On SQLite a number is read in one step: lists hold tens of thousands of times."""
        return _instant if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _instant(since_epoch: int | None) -> datetime | None:
    return None if since_epoch is None else EPOCH + timedelta(0, 0, since_epoch)


def instant(since_epoch: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=since_epoch)


def microseconds(at: datetime) -> int:
    """Microseconds since 1970, what SQLite stores for an instant.

    Raises:
        ValueError: it has no time zone.
    """
    since = _aware(at) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; use kernel.clock.now() or an aware datetime")
    return at


class noon_of(FunctionElement[datetime]):  # noqa: N801  a function of SQL
    """The instant that a date alone stands for: noon UTC of that day."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(noon_of, "sqlite")
def _noon_in_microseconds(element: noon_of, compiler: Any, **options: Any) -> str:
    return f"(strftime('%s', {compiler.process(element.clauses, **options)}) * 1000000 + 43200000000)"


@compiles(noon_of, "postgresql")
def _noon_as_timestamp(element: noon_of, compiler: Any, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)} + time '12:00') AT TIME ZONE 'UTC')"


class microseconds_of(FunctionElement[int]):  # noqa: N801  a function of SQL
    """The microseconds since 1970 of a `UTCDateTime`, for lists of instants that are counted with."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(microseconds_of, "sqlite")
def _as_it_is(element: microseconds_of, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(microseconds_of, "postgresql")
def _epoch_of(element: microseconds_of, compiler: Any, **options: Any) -> str:
    return f"(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) * 1000000)::bigint"


class earliest(FunctionElement[datetime]):  # noqa: N801  a function of SQL
    """The first of several `UTCDateTime`, those without a value left out; the end of time where none has one."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(earliest, "sqlite")
def _least_number(element: earliest, compiler: Any, **options: Any) -> str:
    known = (f"coalesce({compiler.process(one, **options)}, {microseconds(END_OF_TIME)})" for one in element.clauses)
    return f"min({', '.join(known)})"


@compiles(earliest, "postgresql")
def _least_timestamp(element: earliest, compiler: Any, **options: Any) -> str:
    return f"LEAST({compiler.process(element.clauses, **options)}, TIMESTAMPTZ '{END_OF_TIME.isoformat()}')"


@compiles(sa.Computed, "postgresql")
def _stored(computed: sa.Computed, compiler: Any, **_options: Any) -> str:
    """Not every PostgreSQL that we run on can count such a column anew when it is read."""
    text = compiler.sql_compiler.process(computed.sqltext, include_table=False, literal_binds=True)
    return f"GENERATED ALWAYS AS ({text}) STORED"


class JSONDoc(TypeDecorator[Any]):
    """A JSON document; JSONB on PostgreSQL."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind = postgresql.JSONB() if dialect.name == "postgresql" else sa.JSON()
        return dialect.type_descriptor(kind)


class Model(DeclarativeBase):
    """Base of every table. Plain SQLAlchemy, so that models can be used without Flask."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=CONVENTION),
        type_annotation_map={datetime: UTCDateTime(), dict[str, Any]: JSONDoc(), list[Any]: JSONDoc(), str: sa.Text()},
    )


def enum_type(kind: type[StrEnum], name: str | None = None) -> sa.Enum:
    """A string column checked by the database, the same on both databases.

    Args:
        name: of the check, where two columns of a table hold the same kind.
    """
    return sa.Enum(
        kind,
        native_enum=False,
        length=40,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        name=name or kind.__name__.lower(),
    )


@compiles(sa.CheckConstraint, "sqlite")
def _compile_check(check: sa.CheckConstraint, compiler: Any, **options: Any) -> str:
    """`a = 'x' OR a = 'y'` for the `a IN ('x', 'y')` of enums: SQLite builds the list anew for every row that is written.

    Measured on a table with two such columns: 17 of 35 µs per row. No migration may write IN into a check by hand.
    """
    text = check.sqltext
    if isinstance(text, sa.BinaryExpression) and text.operator is operators.in_op and isinstance(text.right, sa.BindParameter):
        check = copy.copy(check)
        check.sqltext = sa.or_(*(text.left == value for value in text.right.value or ()))
    compiled: str = compiler.visit_check_constraint(check, **options)
    return compiled
