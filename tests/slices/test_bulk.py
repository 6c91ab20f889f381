"""Statements over lists: right on both databases, and by index."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.kernel.bulk import Instants, among, insert_columns, next_ids, update_columns
from feedback.kernel.db import microseconds, microseconds_of
from feedback.uow import transaction
from tests.databases import USE_POSTGRESQL
from tests.factories import make_account


def test_a_list_of_any_length_is_one_parameter(app: Flask) -> None:
    with app.app_context():
        ids = [make_account(external_id=name) for name in ("a", "b", "ü")]
        wanted = sa.select(Account.id).where(among(Account.external_id, ["ü", "a", *map(str, range(40_000))]))
        assert sorted(db.session.scalars(wanted)) == [ids[0], ids[2]]


def test_an_empty_list_holds_nothing(app: Flask) -> None:
    with app.app_context():
        make_account()
        assert db.session.scalars(sa.select(Account.id).where(among(Account.id, []))).all() == []


@pytest.mark.skipif(USE_POSTGRESQL, reason="PostgreSQL plans by statistics")
def test_a_list_is_looked_up_by_index(app: Flask) -> None:
    with app.app_context():
        statement = sa.select(Contact.id).where(among(Contact.external_id, ["a"]))
        compiled = str(statement.compile(db.engine))
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ('["a"]',)).all()
        assert plan[0][3].startswith("SEARCH contact")


def test_reserved_ids_are_not_given_twice(app: Flask) -> None:
    table: sa.Table = Account.__table__  # type: ignore[assignment]
    with app.app_context():
        first = make_account()
        with transaction() as session:
            reserved = list(next_ids(session, table, 2))
            names = [f"r{row_id}" for row_id in reserved]
            at = session.scalars(sa.select(Account.created_at)).all() * 2
            columns = {"id": reserved, "external_id": names, "name": names, "value_tier": ["C", "C"], "status": ["active"] * 2}
            insert_columns(session, table, {**columns, "created_at": at, "updated_at": at})
        assert [first, *reserved, make_account()] == [first, first + 1, first + 2, first + 3]


MOMENTS = (
    datetime(2026, 5, 3, 8, 0, tzinfo=UTC),
    datetime(2026, 5, 3, 23, 59, 59, 7, tzinfo=timezone(timedelta(hours=-5))),
    datetime(1990, 1, 1, 0, 0, 1, 120_000, tzinfo=UTC),
)


@pytest.mark.parametrize("at", MOMENTS)
def test_a_time_is_stored_as_its_column_type_stores_it(app: Flask, at: datetime) -> None:
    table: sa.Table = Account.__table__  # type: ignore[assignment]
    row = {"name": "a", "value_tier": "C", "status": "active", "created_at": at, "updated_at": at}
    with app.app_context():
        with transaction() as session:
            session.execute(sa.insert(table), {"external_id": "typed", **row})
            columns = {name: [value] for name, value in row.items()}
            insert_columns(session, table, {"id": next_ids(session, table, 1), "external_id": ["bulk"], **columns})
        assert len(set(db.session.scalars(sa.select(sa.type_coerce(Account.created_at, sa.Text))))) == 1


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    table: sa.Table = Account.__table__  # type: ignore[assignment]
    with app.app_context(), transaction() as session, pytest.raises(ValueError, match="no time zone"):
        insert_columns(session, table, {"id": [1], "external_id": ["a"], "created_at": [datetime(2026, 1, 1)]})  # noqa: DTZ001


def test_columns_of_rows_are_set_as_lists_and_read_back_as_microseconds(app: Flask) -> None:
    table: Any = Account.__table__
    moment = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)
    with app.app_context():
        one, other, third = (make_account(external_id=name) for name in ("a", "b", "c"))
        with transaction() as session:
            update_columns(session, table, [], {"name": [], "updated_at": Instants([])})
            update_columns(session, table, [one, third], {"name": ["x", "ü"], "updated_at": Instants([microseconds(moment), 0])})
        found = db.session.execute(sa.select(table.c.id, table.c.name, microseconds_of(table.c.updated_at))).all()
        assert {(one, "x", microseconds(moment)), (third, "ü", 0)} < set(map(tuple, found))
        assert db.session.get_one(Account, third).updated_at == datetime(1970, 1, 1, tzinfo=UTC)
        assert db.session.get_one(Account, other).name not in ("x", "ü")
