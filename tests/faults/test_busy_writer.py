"""A process that writes with hardly a pause, as an import does, does not keep the others from writing."""

import subprocess
import sys
import time

import pytest
from flask import Flask

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.uow import transaction
from tests.databases import USE_POSTGRESQL

pytestmark = [pytest.mark.faults, pytest.mark.skipif(USE_POSTGRESQL, reason="PostgreSQL has many writers")]
WRITES = 8


def test_other_writers_get_their_turn(app: Flask) -> None:
    with app.app_context():
        database = db.engine.url.database
        other = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.hogging_process", str(database)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "writing\n"
            for number in range(WRITES):
                with transaction():
                    audit.record("system", "test.wrote", "test", number)
                time.sleep(0.1)  # the other process takes its turn again
        finally:
            other.kill()
            said, _ = other.communicate()
    assert said.count("writing") <= 2 * WRITES  # SQLite's own waiting lets it have more than three turns for each of ours
