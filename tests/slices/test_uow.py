"""The unit of work: commits once, rolls back wholly, shares a transaction between waiting requests."""

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import Team
from feedback.extensions import db
from feedback.kernel.errors import Conflict
from feedback.uow import GroupCommit, transaction


def _codes(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Team.code).order_by(Team.code)))


def test_an_error_takes_back_the_whole_transaction(app: Flask) -> None:
    def insert_then_fail() -> None:
        with transaction() as session:
            session.execute(sa.insert(Team).values(code="a", name="A"))
            raise Conflict("no")

    with app.app_context(), pytest.raises(Conflict):
        insert_then_fail()
    assert _codes(app) == []


def _insert_teams(codes: list[str]) -> list[str]:
    db.session.execute(sa.insert(Team), [{"code": code, "name": code} for code in codes])
    return list(codes)


def test_one_bad_item_does_not_fail_its_neighbours(app: Flask) -> None:
    group: GroupCommit[str, str] = GroupCommit(_insert_teams)
    outcomes: dict[int, object] = {}
    gate = threading.Barrier(8)

    def submit(number: int, code: str) -> None:
        with app.app_context():
            gate.wait()
            try:
                outcomes[number] = group.submit(code)
            except sa.exc.IntegrityError as error:
                outcomes[number] = type(error)

    codes = ["a", "b", "c", "d", "e", "f", "g", "a"]
    threads = [threading.Thread(target=submit, args=pair) for pair in enumerate(codes)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert _codes(app) == ["a", "b", "c", "d", "e", "f", "g"]
    assert sorted(map(str, outcomes.values())).count(str(sa.exc.IntegrityError)) == 1
