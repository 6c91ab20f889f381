"""Real scheduler processes side by side, killed at any moment: each slot takes effect exactly once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
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
from tests.conftest import SECRET
from tests.databases import postgresql_cluster
from tests.faults.slots import count_slots, effects

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
LEASE, KILLS = 2, 6


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


def start(environment: dict[str, str], schedule: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.scheduler_process"]
    return subprocess.Popen(command, cwd=ROOT, env=environment | {"SCHEDULE": schedule})


@contextmanager
def schedulers(environment: dict[str, str], schedule: str, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`count` scheduler processes that share a database; all of them have ended afterwards."""
    running = [start(environment, schedule) for _ in range(count)]
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


def test_three_schedulers_killed_again_and_again_leave_no_slot_out_and_repeat_none_that_lived(
    house: tuple[Flask, dict[str, str]],
) -> None:
    app, environment = house
    dice, killed = random.Random(6), set[int]()
    with schedulers(environment, "effects", 3) as processes:
        wait_for(lambda: len(lines(environment)) >= 2)
        for _kill in range(KILLS):
            seen = len(lines(environment))
            wait_for(lambda seen=seen: len(lines(environment)) > seen)  # in the middle of some run, or just after one
            time.sleep(dice.uniform(0, 0.6))
            victim = processes.pop(dice.randrange(len(processes)))
            victim.kill()
            killed.add(victim.pid)
            victim.wait()
            processes.append(start(environment, "effects"))
        reached = len(effects(app)) + 3
        wait_for(lambda: len(effects(app)) >= reached)
        time.sleep(2 * LEASE)  # what the last one left is taken over
    found = count_slots(effects(app), lines(environment), killed)
    assert (found.missing, found.repeated_without_a_kill) == (0, 0)
    assert found.slots > KILLS


def test_a_scheduler_that_is_told_to_stop_lets_its_job_finish(house: tuple[Flask, dict[str, str]]) -> None:
    app, environment = house
    with schedulers(environment, "long", 1) as (process,):
        wait_for(lambda: lines(environment) == ["long begins"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert lines(environment) == ["long begins", "long ends"]
    with app.app_context():
        assert db.session.scalars(sa.select(JobRun.outcome)).all() == ["done"]
