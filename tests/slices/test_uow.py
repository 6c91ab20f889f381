"""The unit of work: commits once, rolls back wholly, shares a transaction between waiting requests."""

import threading
import time
from collections.abc import Sequence

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


def _together(app: Flask, group: GroupCommit[str, str], codes: list[str]) -> dict[str, object]:
    """Submit each code from a thread of its own; answers what each got."""
    outcomes: dict[str, object] = {}

    def submit(code: str) -> None:
        with app.app_context():
            try:
                outcomes[code] = group.submit(code)
            except BaseException as error:
                outcomes[code] = type(error)

    threads = [threading.Thread(target=submit, args=(code,)) for code in codes]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    return outcomes


def _until_waiting(group: GroupCommit[str, str], count: int) -> None:
    deadline = time.monotonic() + 30
    while len(group._waiting) < count and time.monotonic() < deadline:
        time.sleep(0.001)


def test_requests_that_come_during_a_transaction_share_the_next_one(app: Flask) -> None:
    groups: list[int] = []

    def work(codes: Sequence[str]) -> list[str]:
        groups.append(len(codes))
        _until_waiting(group, 4 if len(groups) == 1 else 0)
        return _insert_teams(list(codes))

    group: GroupCommit[str, str] = GroupCommit(work)
    outcomes = _together(app, group, ["a", "b", "c", "d", "e"])
    assert groups == [1, 4]
    assert all(outcomes[code] == code for code in "abcde")


def test_a_group_is_never_larger_than_its_limit(app: Flask) -> None:
    groups: list[int] = []

    def work(codes: Sequence[str]) -> list[str]:
        groups.append(len(codes))
        _until_waiting(group, 4 if len(groups) == 1 else 0)
        return _insert_teams(list(codes))

    group: GroupCommit[str, str] = GroupCommit(work, limit=3)
    _together(app, group, ["a", "b", "c", "d", "e"])
    assert groups == [1, 3, 1]
    assert _codes(app) == ["a", "b", "c", "d", "e"]


def test_nobody_waits_for_a_leader_that_was_interrupted(app: Flask) -> None:
    groups: list[int] = []

    def work(codes: Sequence[str]) -> list[str]:
        groups.append(len(codes))
        _until_waiting(group, 2 if len(groups) == 1 else 0)
        if len(groups) == 2:
            raise SystemExit
        return _insert_teams(list(codes))

    group: GroupCommit[str, str] = GroupCommit(work)
    outcomes = _together(app, group, ["a", "b", "c"])
    assert sorted(map(str, outcomes.values()))[:2] == [str(SystemExit), str(SystemExit)]
    assert _together(app, group, ["d"]) == {"d": "d"}
