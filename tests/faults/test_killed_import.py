"""An import that is killed midway is run again, and the two runs together create every answer exactly once."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from feedback.closed_loop.imports.runner import CHUNK
from tests.importing import look_alikes
from tests.importing.test_responses_command import TELCO

pytestmark = pytest.mark.faults
ROWS, KILLS = 45_000, 4


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
    assert kept % CHUNK == 0
    assert (found["created"], found["unchanged"], stored(tmp_path)) == (ROWS - kept, kept, ROWS)


# everything an import of answers leaves behind, but for the moment at which it was written
LEFT = {
    "answers": "SELECT r.id, r.external_id, a.external_id, c.external_id, score, comment, role, r.segment, r.region, "
    "responded_at, r.version FROM response r JOIN account a ON a.id = account_id JOIN contact c ON c.id = contact_id ORDER BY 1",
    "roles": "SELECT account_id, contact_id, role, role_guessed FROM account_contact ORDER BY 1, 2",
    "cited": "SELECT response_id, code FROM citation JOIN defect ON defect.id = defect_id ORDER BY 1, 2",
    "waiting": "SELECT id, answers FROM score_tail",
    "grains": "SELECT grain, survey_id, segment, region, month, scores, cube, pairs FROM score_grain ORDER BY 1, 2, 3, 4, 5",
    "accounts": "SELECT month, survey_id, segment, region, scores, cube, pairs FROM account_grain ORDER BY 1, 2, 3, 4",
    "reach": "SELECT survey_id, span, start, packed FROM account_reach ORDER BY 1, 2, 3",
    "issues": "SELECT id, account_id, severity FROM issue ORDER BY 1",
}


def left_behind(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "closedloop.db", timeout=30)) as connection:
        return {name: connection.execute(query).fetchall() for name, query in LEFT.items()}


def import_whole(folder: Path, file: Path, seconds: float | None = None) -> float:
    """Run the import, or kill it after some seconds; answers how long it ran."""
    began = time.monotonic()
    running = command(folder, "import", "responses", str(file), *TELCO, *RULES)
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        running.kill()
    running.communicate(timeout=60)
    return time.monotonic() - began


RULES = ("--create-defects", "--defect-when", "NPS <= 3=service:late", "--defect-when", "Region == East=product:weak")


def test_an_import_that_is_killed_anywhere_leaves_what_an_undisturbed_one_leaves(tmp_path: Path) -> None:
    whole, killed, file = tmp_path / "whole", tmp_path / "killed", tmp_path / "nps_data.csv"
    file.write_text(look_alikes.telco(ROWS))
    for folder in (whole, killed):
        command(folder, "db", "upgrade").communicate(timeout=60)
    duration = import_whole(whole, file)
    chance, kept = random.Random(7), set()
    for _ in range(KILLS):
        import_whole(killed, file, chance.uniform(0.2, 0.95) * duration)
        kept.add(stored(killed))
    import_whole(killed, file)
    found, expected = left_behind(killed), left_behind(whole)
    assert {name: len(rows) for name, rows in found.items()} == {name: len(rows) for name, rows in expected.items()}
    assert found == expected
    assert min(kept) < ROWS, "no run was killed before its end"
    assert len(expected["answers"]) == ROWS
    assert len(expected["cited"]) > 1000


def test_a_database_without_tables_is_told(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("external_id,name\nA,One\n")
    running = command(tmp_path, "import", "accounts", str(file))
    _, errors = running.communicate(timeout=60)
    assert (running.returncode, "closedloop db upgrade" in errors) == (2, True)
