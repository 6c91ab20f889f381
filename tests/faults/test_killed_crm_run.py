"""A run of a CRM that is killed anywhere is gone on with, and ends with the rows of one that nobody disturbed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedback.partners.crm.rules import Kind
from tests.slices.partners.crm_server import CrmServer, crm_server

pytestmark = pytest.mark.faults
THEN, COUNT = datetime(2026, 6, 1, 12, tzinfo=UTC), 12
LEFT = (
    "SELECT external_id, name FROM account ORDER BY 1",
    "SELECT external_id, name, email FROM contact ORDER BY 1",
    "SELECT product_code, month, amount FROM spend ORDER BY 1, 2",
    "SELECT object_type, external_id FROM external_identity ORDER BY 1, 2",
    "SELECT kind, crm_id, said, changed_at FROM crm_record ORDER BY 1, 2",
    "SELECT kind, position FROM crm_cursor ORDER BY 1",
    "SELECT count(*) FROM crm_conflict",
)


@pytest.fixture
def crm() -> Iterator[CrmServer]:
    with crm_server() as server:
        for number in range(COUNT):
            at = THEN + timedelta(minutes=number)
            server.put(Kind.ACCOUNTS, f"C{number}", at, name=f"Firm {number}", Name=f"Firm {number}")
            person = {"lastname": "Ada", "email": f"p{number}@firm.example", "associatedcompanyid": f"C{number}"}
            server.put(Kind.CONTACTS, f"P{number}", at, **person, LastName="Ada", AccountId=f"C{number}")
            deal = {"amount": 100, "closedate": "2026-05-09", "hs_is_closed_won": "true", "hs_primary_associated_company": "C1"}
            theirs = {"Amount": 100, "CloseDate": "2026-05-09", "IsWon": "true", "AccountId": "C1"}
            server.put(Kind.SPEND, f"D{number}", at, **deal, **theirs)
        yield server


def process(folder: Path, *words: str) -> subprocess.Popen[str]:
    own = {"CLOSEDLOOP_DATA_DIR": str(folder), "CLOSEDLOOP_SECRET_KEY": "x" * 40, "DATABASE_URL": ""}
    environment = os.environ | own | {"CLOSEDLOOP_PRIVATE_HOSTS": "127.0.0.1"}
    return subprocess.Popen([sys.executable, "-m", *words], env=environment, stdout=subprocess.PIPE, text=True)


def started(folder: Path, crm: CrmServer, vendor: str, minutes: int = 0) -> subprocess.Popen[str]:
    return process(folder, "tests.faults.crm_process", crm.url, vendor, str(minutes))


def run(folder: Path, crm: CrmServer, vendor: str, minutes: int = 0) -> str:
    return started(folder, crm, vendor, minutes).communicate(timeout=60)[0]


def made(folder: Path) -> Path:
    folder.mkdir()
    process(folder, "feedback", "db", "upgrade").communicate(timeout=60)
    return folder


def rows(folder: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "closedloop.db", timeout=30)) as connection:
        return [connection.execute(query).fetchall() for query in LEFT]


def wait_for(crm: CrmServer, calls: int) -> None:
    deadline = time.monotonic() + 60
    while len(crm.calls) < calls and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.parametrize("vendor", ["hubspot", "salesforce"])
def test_killed_at_four_places_the_rows_are_those_of_an_undisturbed_run(tmp_path: Path, crm: CrmServer, vendor: str) -> None:
    calm, shaken = made(tmp_path / "calm"), made(tmp_path / "shaken")
    assert run(calm, crm, vendor) == "done"
    crm.delay = 0.05
    for times in range(4):
        crm.calls.clear()
        killed = started(shaken, crm, vendor, minutes=10 * times)
        wait_for(crm, 4 + times)
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL
    assert 0 < len(rows(shaken)[0]) <= COUNT
    crm.delay = 0
    assert run(shaken, crm, vendor, minutes=60) == "done"
    assert rows(shaken) == rows(calm)


def test_two_processes_never_run_one_connection_at_once(tmp_path: Path, crm: CrmServer) -> None:
    folder, crm.delay = made(tmp_path / "two"), 0.3
    first = started(folder, crm, "hubspot")
    wait_for(crm, 1)
    assert run(folder, crm, "hubspot") == "busy"
    assert first.communicate(timeout=60)[0] == "done"
    searches = [one for one in crm.calls if one.endswith("/search")]
    assert (len(searches), len(crm.calls)) == (len(set(Kind)) * COUNT // crm.page, len(searches) + len(set(Kind)))
