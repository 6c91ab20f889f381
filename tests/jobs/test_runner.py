"""Claims: each slot runs once, a dead runner's slot is taken over, a failure is logged and stops nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.audit.job_runs import abandoned_jobs, claim_next
from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.kernel import clock
from feedback.uow import transaction
from jobs.runner import current_slot, run_by_hand, run_due_slots
from jobs.schedule import CatchUp, Every, Job
from tests.jobs import sample

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ONCE = Job("sample", Every(3600), CatchUp.ONCE, "tests.jobs.sample:remember", "")
EACH = Job("sample", Every(3600), CatchUp.EACH, "tests.jobs.sample:remember", "")
BROKEN = Job("broken", Every(3600), CatchUp.ONCE, "tests.jobs.sample:fail", "")
LEASE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    sample.ran.clear()
    with app.app_context():
        yield


def run_at(job: Job, hours: float) -> int:
    with clock.frozen(NOON + timedelta(hours=hours)):
        return run_due_slots(job)


def die_at(job: Job, hours: float) -> None:
    """Claim the due slot as a process that is killed before it finishes."""
    with clock.frozen(NOON + timedelta(hours=hours)), transaction():
        assert claim_next(job.name, "dead", LEASE, job.due_slots, supersede=job.catch_up is CatchUp.ONCE)


def hours_run() -> list[float]:
    return [(slot - NOON) / timedelta(hours=1) for slot in sample.ran]


def log() -> list[tuple[str, str | None, int]]:
    query = sa.select(JobRun.outcome, JobRun.detail, JobRun.attempts).order_by(JobRun.id)
    return [(outcome or "", detail, attempts) for outcome, detail, attempts in db.session.execute(query)]


def test_a_slot_runs_once_however_often_the_scheduler_asks() -> None:
    assert [run_at(ONCE, hours) for hours in (0, 0.1, 0.9)] == [1, 0, 0]
    assert run_at(ONCE, 1) == 1
    assert hours_run() == [0, 1]


def test_after_a_stop_the_newest_slot_does_the_work_of_all() -> None:
    run_at(ONCE, 0)
    assert run_at(ONCE, 72) == 1
    assert hours_run() == [0, 72]


def test_after_a_stop_each_slot_runs_in_order_where_the_table_says_so() -> None:
    run_at(EACH, 0)
    assert run_at(EACH, 5.5) == 5
    assert hours_run() == [0, 1, 2, 3, 4, 5]


def test_whoever_is_told_to_stop_finishes_the_slot_and_begins_no_other() -> None:
    run_at(EACH, 0)
    with clock.frozen(NOON + timedelta(hours=5.5)):
        assert run_due_slots(EACH, stopping=lambda: len(sample.ran) == 3) == 2
    assert hours_run() == [0, 1, 2]
    assert run_at(EACH, 5.5) == 3, "the others are for the next scheduler"


def test_a_failure_is_in_the_log_and_the_next_slot_runs() -> None:
    run_at(BROKEN, 0)
    assert run_at(BROKEN, 1) == 1
    assert log()[0] == ("failed", "ValueError: the database of the moon is closed", 1)


def test_while_a_run_is_alive_nobody_else_starts_one() -> None:
    die_at(ONCE, 0)
    assert run_at(ONCE, 0.001) == 0


def test_the_slot_of_a_dead_runner_is_run_again_after_its_lease() -> None:
    die_at(ONCE, 0)
    with clock.frozen(NOON + timedelta(minutes=1)):
        assert abandoned_jobs() == ["sample"]
    assert run_at(ONCE, 0.1) == 1
    assert (hours_run(), log()) == ([0], [("done", "number 1", 2)])


def test_a_newer_slot_does_the_work_of_a_dead_one_where_once_is_enough() -> None:
    die_at(ONCE, 0)
    assert run_at(ONCE, 1) == 1
    assert [outcome for outcome, _, _ in log()] == ["superseded", "done"]


def test_a_dead_slot_runs_before_the_newer_ones_where_each_counts() -> None:
    die_at(EACH, 0)
    assert run_at(EACH, 2) == 3
    assert hours_run() == [0, 1, 2]


def test_a_run_by_hand_is_logged_and_takes_no_slot_away() -> None:
    run_at(EACH, 0)
    with clock.frozen(NOON + timedelta(hours=1.5)):
        assert run_by_hand(EACH)
    assert run_at(EACH, 2) == 2
    assert hours_run() == [0, 1.5, 1, 2]


def test_a_clock_that_was_wrong_for_a_while_does_not_stop_the_job() -> None:
    run_at(ONCE, 0)
    run_at(ONCE, 24 * 365)
    assert [run_at(ONCE, hours) for hours in (1, 2)] == [1, 1]


def test_outside_a_run_there_is_no_slot() -> None:
    with pytest.raises(LookupError):
        current_slot()
