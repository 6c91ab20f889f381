"""Several writers at once, a reader all the while, and a process that dies: no answer is lost or counted twice."""

import os
import signal
import threading
from collections.abc import Callable

import numpy as np
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from feedback.defects.models import ScoreTail
from feedback.defects.nps import nps_by
from feedback.defects.reading import read_counts, read_tail
from feedback.defects.rules import NpsQuery
from feedback.defects.rules.reports import AnswerFilter
from feedback.defects.statistics import append_answers, fold_all
from feedback.extensions import db
from feedback.uow import snapshot, transaction
from tests.databases import USE_POSTGRESQL
from tests.statistics_oracle import Raw, columns, counted, counted_accounts, counted_reach, stored_accounts, stored_reach

JANUARY = 12 * 2025
DEFECTS = 3


def _rows(seed: int, n: int) -> list[Raw]:
    rng = np.random.default_rng(seed)
    return [
        Raw(
            month=JANUARY + int(rng.integers(4)),
            survey=1,
            segment=["", "SME"][int(rng.integers(2))],
            region="",
            account=int(rng.integers(1, 30)),
            role=int(rng.integers(3)),
            score=int(rng.integers(11)),
            defects=tuple(np.flatnonzero(rng.random(DEFECTS) < 0.4).tolist()),
        )
        for _ in range(n)
    ]


def _in_threads(app: Flask, *works: Callable[[], None]) -> None:
    """Run each in its own thread with its own context; the first error of any is raised here."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        with app.app_context():
            try:
                start.wait()
                work()
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    if errors:
        raise errors[0]


def _check(app: Flask, rows: list[Raw]) -> None:
    query = AnswerFilter()
    with app.app_context(), transaction() as session:
        found = read_counts(session, read_tail(session, query), query, DEFECTS)
        np.testing.assert_array_equal(found.cube.reshape(DEFECTS, 3, 11), counted(rows, DEFECTS)[1])
        fold_all(session)
        assert stored_accounts(session) == counted_accounts(rows)
        assert stored_reach(session) == counted_reach(rows)


def _append_and_take_back(rows: list[Raw], back: list[Raw]) -> Callable[[], None]:
    def work() -> None:
        for start in range(0, len(rows), 7):
            with transaction() as session:
                append_answers(session, columns(rows[start : start + 7]))
        for row in back:
            with transaction() as session:
                append_answers(session, columns([], [row]))

    return work


def _fold_often() -> None:
    for _ in range(15):
        with transaction() as session:
            fold_all(session)


def test_two_writers_and_a_folder(app: Flask) -> None:
    first, second = _rows(1, 70), _rows(2, 70)
    _in_threads(app, _append_and_take_back(first, first[:5]), _append_and_take_back(second, second[60:65]), _fold_often)
    _check(app, first[5:] + second[:60] + second[65:])


def test_a_reader_never_sees_fewer_answers_than_before(app: Flask) -> None:
    rows, seen = _rows(3, 105), []

    def read() -> None:
        seen.extend(nps_by(NpsQuery())[0].n for _ in range(40))

    _in_threads(app, _append_and_take_back(rows, []), _fold_often, read)
    assert seen == sorted(seen)
    assert all(n % 7 == 0 for n in seen)  # lists are seen whole
    _check(app, rows)


@pytest.mark.skipif(not USE_POSTGRESQL, reason="SQLite has one writer, so nothing can be open while another folds")
def test_a_late_commit_is_not_skipped_by_a_fold_in_between(app: Flask) -> None:
    early, late = _rows(4, 10), _rows(5, 10)
    with app.app_context():
        engine = db.engine
        with Session(engine) as slow, Session(engine) as quick:
            append_answers(slow, columns(late))  # takes the lower id and stays open
            append_answers(quick, columns(early))
            assert fold_all(quick) == len(early)
            quick.commit()
            slow.commit()
    _check(app, early + late)


@pytest.mark.skipif(not USE_POSTGRESQL, reason="SQLite has one writer, so nothing can be open while another folds")
def test_a_snapshot_outlives_a_fold(app: Flask) -> None:
    rows = _rows(6, 20)
    query = AnswerFilter()
    with app.app_context():
        with transaction() as session:
            append_answers(session, columns(rows))
        with snapshot() as session:
            tail = read_tail(session, query)
            with Session(db.engine) as other:
                fold_all(other)
                other.commit()
            assert read_counts(session, tail, query, DEFECTS).scores.sum() == len(rows)


def _die_while_folding(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose(close=False)  # the parent's connections are not ours
        with transaction() as session:
            fold_all(session)
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # Python 3.12 warns; the child only folds and dies
def test_a_fold_that_dies_before_its_commit_changes_nothing(app: Flask) -> None:
    rows = _rows(7, 30)
    with app.app_context():
        with transaction() as session:
            append_answers(session, columns(rows))
        db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            _die_while_folding(app)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(ScoreTail.id))) == 1
    _check(app, rows)
