"""`closedloop jobs run --once`: what is due, or one job."""

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.audit.models import JobRun
from feedback.cli import main
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.uow import transaction
from jobs import schedule
from jobs.schedule import SCHEDULE, CatchUp, Every, Job
from tests.factories import make_account
from tests.slices.issues.answers import accept, make_answer

BROKEN = Job("broken", Every(3600), CatchUp.ONCE, "tests.jobs.sample:fail", "")


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(main, ["jobs", "run", "--once", *arguments])
    return result.exit_code, result.output


def outcomes(app: Flask) -> list[tuple[str, str | None]]:
    with app.app_context():
        return [tuple(row) for row in db.session.execute(sa.select(JobRun.job, JobRun.outcome).order_by(JobRun.id))]


def test_everything_that_is_due_runs_once(app: Flask) -> None:
    assert run(app)[0] == 0
    assert outcomes(app) == [(job.name, "done") for job in SCHEDULE]


def test_one_job_runs_due_or_not(app: Flask) -> None:
    assert [run(app, "fold_statistics")[0] for _ in range(2)] == [0, 0]
    assert outcomes(app) == [("fold_statistics", "done")] * 2


def test_a_failure_stops_no_other_job_and_is_the_exit_status(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "SCHEDULE", (BROKEN, SCHEDULE[1]))
    status, output = run(app)
    assert (status, "broken failed" in output) == (1, True)
    assert outcomes(app) == [("broken", "failed"), (SCHEDULE[1].name, "done")]


def test_an_unknown_job_is_refused(app: Flask) -> None:
    status, output = run(app, "nothing")
    assert (status, "closedloop jobs list" in output) == (2, True)


def test_clocks_that_were_changed_by_hand_are_mended_by_the_logs(app: Flask) -> None:
    with app.app_context():
        account = make_account()
        one, _two = (accept(answer)[answer.response_id] for answer in (make_answer(account), make_answer(make_account())))
        facts = db.session.scalar(sa.select(Issue.clock_facts).where(Issue.id == one))
        with transaction() as session:
            session.execute(sa.update(Issue).where(Issue.id == one).values(clock_facts={**facts, "severity": "critical"}))
    for mended in (1, 0):
        said = app.test_cli_runner().invoke(main, ["jobs", "rebuild-clocks"])
        assert (said.exit_code, said.output) == (0, f"2 open issues, {mended} were not what their logs say.\n")
