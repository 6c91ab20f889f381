"""Two writers hear of the same problem at the same moment: one open issue, two voices."""

import threading

import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.issues.intake import OpeningAnswer
from feedback.issues.models import Issue, IssueVoice
from tests.factories import make_account, make_defect
from tests.slices.issues.answers import accept, make_answer

WRITERS, ROUNDS = 4, 5


def _race(app: Flask, lists: list[list[OpeningAnswer]]) -> list[dict[int, int]]:
    placed: list[dict[int, int]] = []
    start = threading.Barrier(len(lists))

    def write(answers: list[OpeningAnswer]) -> None:
        with app.app_context():
            start.wait()
            placed.append(accept(*answers))

    threads = [threading.Thread(target=write, args=(answers,)) for answers in lists]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return placed


def test_simultaneous_writers_open_one_issue_and_lose_no_voice(app: Flask) -> None:
    with app.app_context():
        keys = [(make_account(), ((make_defect(), "service"),)) for _ in range(ROUNDS)]
        # each writer brings an answer about each problem, in another order: no two of them may block each other for ever
        lists = [
            [make_answer(account, defects=defects) for account, defects in keys[turn:] + keys[:turn]] for turn in range(WRITERS)
        ]
    placed = _race(app, lists)
    assert len(placed) == WRITERS
    assert len({issue for each in placed for issue in each.values()}) == ROUNDS
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Issue)) == ROUNDS
        assert db.session.scalar(sa.select(sa.func.count()).select_from(IssueVoice)) == ROUNDS * WRITERS
