"""Statements on the driver's own cursor answer and fail as SQLAlchemy's would, on both databases."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import ApiToken, Team, User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.uow import read_once, transaction
from tests.databases import USE_POSTGRESQL

USER, TOKEN, TEAM = User.__table__, ApiToken.__table__, Team.__table__
PEOPLE = sa.select(USER.c.id, USER.c.role, USER.c.active, USER.c.created_at, USER.c.region).where(
    in_list(USER.c.email, "emails"), USER.c.role == Role.FRONTLINE
)
TOKENS = sa.select(TOKEN.c.scopes, TOKEN.c.created_at, TOKEN.c.expires_at)
ADD_TEAM = Prepared(sa.insert(TEAM).values(code=sa.bindparam("code"), name=sa.bindparam("name")))


def _add_people() -> None:
    with transaction() as session:
        for name, role in (("a", Role.FRONTLINE), ("b", Role.ADMIN), ("c", Role.FRONTLINE)):
            session.add(User(email=f"{name}@example.com", name=name, role=role, created_at=clock.now()))
        session.add(ApiToken(name="t", digest="d", scopes=["read", "gate"], created_at=clock.now()))


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [(PEOPLE, {"emails": ["a@example.com", "b@example.com", "c@example.com"]}), (PEOPLE, {"emails": []}), (TOKENS, {})],
)
def test_rows_are_those_of_the_same_statement_through_sqlalchemy(
    app: Flask, statement: sa.Select[object], parameters: dict[str, object]
) -> None:
    with app.app_context():
        _add_people()
        connection = db.session.connection()
        usual = connection.execute(statement, parameters).all()
        prepared = Prepared(statement)
        assert prepared.rows(connection, parameters) == [tuple(row) for row in usual]
        assert read_once(prepared, parameters) == [tuple(row) for row in usual]


@pytest.mark.parametrize("emails", [[], ["a@example.com"], [f"{number}@example.com" for number in range(20)]])
def test_columns_are_those_of_the_rows(app: Flask, emails: list[str]) -> None:
    with app.app_context():
        with transaction() as session:
            for email in emails:
                session.add(User(email=email, name=email, role=Role.FRONTLINE, created_at=clock.now()))
        connection, prepared = db.session.connection(), Prepared(PEOPLE)
        rows = prepared.rows(connection, {"emails": emails})
        assert list(zip(*prepared.columns(connection, {"emails": emails}), strict=True)) == rows
        assert len(rows) == len(emails)


def test_columns_have_their_names(app: Flask) -> None:
    with app.app_context():
        _add_people()
        (row,) = Prepared(TOKENS).rows(db.session.connection(), {})
    assert (row.scopes, row.expires_at, row.created_at.tzinfo is not None) == (["read", "gate"], None, True)


def test_rows_are_written_in_the_transaction_of_the_session(app: Flask) -> None:
    def add_then_fail() -> None:
        with transaction() as session:
            ADD_TEAM.each(session.connection(), [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}])
            assert session.scalar(sa.select(sa.func.count()).select_from(Team)) == 2
            raise RuntimeError

    with app.app_context():
        with pytest.raises(RuntimeError):
            add_then_fail()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Team)) == 0


def test_a_broken_rule_of_the_database_is_the_usual_error(app: Flask) -> None:
    twice = [{"code": "a", "name": "A"}, {"code": "a", "name": "A"}]
    with app.app_context(), transaction() as session, pytest.raises(sa.exc.IntegrityError):
        ADD_TEAM.each(session.connection(), twice)


def test_a_single_read_that_fails_is_the_usual_error(app: Flask) -> None:
    missing = sa.table("nowhere", sa.column("id"))
    with app.app_context(), pytest.raises(sa.exc.DBAPIError):
        read_once(Prepared(sa.select(missing.c.id)), {})


def test_listeners_of_the_engine_see_the_statement(app: Flask) -> None:
    seen: list[str] = []
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", listener := lambda *args: seen.append(args[2]))
        Prepared(TOKENS).rows(db.session.connection(), {})
        sa.event.remove(db.engine, "before_cursor_execute", listener)
    assert sum("api_token" in text for text in seen) == 1


def test_a_single_read_sees_what_its_own_transaction_wrote(app: Flask) -> None:
    count = Prepared(sa.select(sa.func.count().label("teams")).select_from(TEAM))
    with app.app_context(), transaction() as session:
        ADD_TEAM.each(session.connection(), [{"code": "a", "name": "A"}])
        assert read_once(count, {})[0].teams == 1


@pytest.mark.skipif(not USE_POSTGRESQL, reason="a file has no server that could be started anew")
def test_a_single_read_survives_a_server_that_was_started_anew(app: Flask) -> None:
    count = Prepared(sa.select(sa.func.count().label("teams")).select_from(TEAM))
    with app.app_context():
        assert read_once(count, {})[0].teams == 0
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user"
        assert db.session.execute(sa.text(others)).all()
        assert read_once(count, {})[0].teams == 0


def test_a_single_read_sees_what_was_committed_elsewhere(app: Flask) -> None:
    count = Prepared(sa.select(sa.func.count().label("teams")).select_from(TEAM))
    with app.app_context():
        before = read_once(count, {})[0].teams
        with transaction() as session:
            ADD_TEAM.each(session.connection(), [{"code": "a", "name": "A"}])
        assert read_once(count, {})[0].teams == before + 1
