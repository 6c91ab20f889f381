"""Two writers at the same moment: one open issue and two voices; dates that follow the log."""

import threading
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.calendars.models import BusinessCalendar
from feedback.extensions import db
from feedback.issues.intake import OpeningAnswer
from feedback.issues.models import Issue, IssueVoice, ServiceLevel
from feedback.issues.moves import Move, move_issue
from feedback.issues.rules import IssueState
from feedback.issues.waiting import end_waiting, start_waiting
from feedback.uow import transaction
from jobs import recount_issue_clocks
from tests.factories import make_account, make_defect, make_team, make_user
from tests.slices.issues.answers import accept, catch_all, make_answer

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


def _at_once(app: Flask, *works: Callable[[], None]) -> None:
    failed: list[BaseException] = []

    def do(work: Callable[[], None]) -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failed == []


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


def test_what_is_noted_while_clocks_are_counted_anew_is_not_written_over(app: Flask) -> None:
    """The two agree with the log in the end, which is looked at after each test."""
    with app.app_context(), transaction() as session:
        session.execute(sa.update(ServiceLevel).values(working=True))
    with app.app_context():
        viewer, team = get_viewer(make_user(Role.ADMIN)), make_team()
        make_user(Role.FRONTLINE, team_id=team)
        catch_all(team)
        issues = sorted(accept(*[make_answer(make_account()) for _ in range(WRITERS)]).values())
        for issue in issues:
            with transaction():
                move_issue(issue, Move(IssueState.CONTACTED, note="Called"), viewer=viewer)

    def count() -> None:
        for zone in ["Europe/Madrid", "Asia/Tokyo", "America/New_York"] * ROUNDS:
            with transaction() as session:
                session.execute(sa.update(BusinessCalendar).values(time_zone=zone, recounted_at=None))
            recount_issue_clocks.run()

    def work() -> None:
        for issue in issues * ROUNDS:
            for step in (start_waiting, end_waiting):
                with transaction():
                    step(issue, text="x", viewer=viewer)

    _at_once(app, count, work)
