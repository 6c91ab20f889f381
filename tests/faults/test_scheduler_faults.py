"""Real scheduler processes side by side, killed at any moment: each slot takes effect exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from config import Settings
from feedback.app import create_app
from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.outbox.models import OutboxMessage
from tests.conftest import SECRET
from tests.databases import postgresql_cluster
from tests.faults.scheduler_process import EFFECT

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
LEASE = 2


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, dict[str, str]]]:
    """An application on a database of its own, and the environment of processes that share it."""
    with ExitStack() as stack:
        server = request.param == "postgresql"
        url = stack.enter_context(postgresql_cluster()) if server else f"sqlite:///{tmp_path / 'closedloop.db'}"
        app = create_app(Settings(DATABASE_URL=url, data_dir=tmp_path, secret_key=SECRET))
        with app.app_context():
            upgrade()
        settings = {"DATA_DIR": str(tmp_path), "SECRET_KEY": SECRET, "JOB_LEASE_SECONDS": str(LEASE)}
        environment = {**os.environ, **{f"CLOSEDLOOP_{name}": value for name, value in settings.items()}}
        yield app, environment | {"DATABASE_URL": url, "STARTS_FILE": str(tmp_path / "starts")}
        with app.app_context():
            db.engine.dispose()


@contextmanager
def schedulers(environment: dict[str, str], schedule: str, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`count` scheduler processes that share a database; all of them have ended afterwards."""
    command = [sys.executable, "-m", "tests.faults.scheduler_process"]
    running = [subprocess.Popen(command, cwd=ROOT, env=environment | {"SCHEDULE": schedule}) for _ in range(count)]
    try:
        yield running
    finally:
        [process.terminate() for process in running if process.poll() is None]
        [process.wait(timeout=20) for process in running]


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.05)


def lines(environment: dict[str, str]) -> list[str]:
    path = Path(environment["STARTS_FILE"])
    return path.read_text().splitlines() if path.exists() else []


def effects(app: Flask) -> list[datetime]:
    with app.app_context():
        keys = db.session.scalars(sa.select(OutboxMessage.key).where(OutboxMessage.kind == "effect")).all()
    return sorted(datetime.fromisoformat(key.removeprefix(EFFECT)) for key in keys)


def test_two_schedulers_one_killed_mid_run_and_every_slot_takes_effect_once(house: tuple[Flask, dict[str, str]]) -> None:
    app, environment = house
    with schedulers(environment, "effects", 2) as processes:
        wait_for(lambda: len(lines(environment)) >= 3)
        started = len(lines(environment))
        wait_for(lambda: len(lines(environment)) > started)
        in_the_middle = int(lines(environment)[started].split()[1])
        os.kill(in_the_middle, signal.SIGKILL)
        wait_for(lambda: len(effects(app)) >= started + 5)
        assert in_the_middle in {process.pid for process in processes}
    found = effects(app)
    steps = {later - earlier for earlier, later in pairwise(found)}
    assert steps == {timedelta(seconds=1)}, "a slot is missing or took effect twice"
    starts = Counter(line.split()[0] for line in lines(environment))
    repeated = [slot for slot, times in starts.items() if times > 1]
    assert repeated == [lines(environment)[started].split()[0]], "exactly the killed run is repeated"


def test_a_scheduler_that_is_told_to_stop_lets_its_job_finish(house: tuple[Flask, dict[str, str]]) -> None:
    app, environment = house
    with schedulers(environment, "long", 1) as (process,):
        wait_for(lambda: lines(environment) == ["long begins"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert lines(environment) == ["long begins", "long ends"]
    with app.app_context():
        assert db.session.scalars(sa.select(JobRun.outcome)).all() == ["done"]
