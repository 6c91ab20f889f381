"""An import that is killed midway is run again, and the two runs together create every answer exactly once."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.importing import look_alikes
from tests.importing.test_responses_command import TELCO

pytestmark = pytest.mark.faults
ROWS = 45_000


def command(folder: Path, *args: str) -> subprocess.Popen[str]:
    environment = os.environ | {"CLOSEDLOOP_DATA_DIR": str(folder), "CLOSEDLOOP_SECRET_KEY": "x" * 40, "DATABASE_URL": ""}
    words = [sys.executable, "-m", "feedback", *args]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stored(folder: Path) -> int:
    connection = sqlite3.connect(folder / "closedloop.db", timeout=30)
    (number,) = connection.execute("SELECT count(*) FROM response").fetchone()
    connection.close()
    return int(number)


def wait_for_first_chunk(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while stored(folder) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_killed_import_is_completed_by_running_it_again(tmp_path: Path) -> None:
    file = tmp_path / "nps_data.csv"
    file.write_text(look_alikes.telco(ROWS))
    upgrade = command(tmp_path, "db", "upgrade")
    upgrade.communicate(timeout=60)
    running = command(tmp_path, "import", "responses", str(file), *TELCO)
    wait_for_first_chunk(tmp_path)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    kept = stored(tmp_path)
    output, _ = command(tmp_path, "import", "responses", str(file), *TELCO).communicate(timeout=120)
    found = json.loads(output.splitlines()[-1])
    assert 0 < kept < ROWS
    assert kept % 10_000 == 0
    assert (found["created"], found["unchanged"], stored(tmp_path)) == (ROWS - kept, kept, ROWS)


def test_a_database_without_tables_is_told(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("external_id,name\nA,One\n")
    running = command(tmp_path, "import", "accounts", str(file))
    _, errors = running.communicate(timeout=60)
    assert (running.returncode, "closedloop db upgrade" in errors) == (2, True)
