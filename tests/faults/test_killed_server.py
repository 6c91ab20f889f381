"""The server is killed under writers: nothing it thanked for is lost, nothing takes effect twice."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROUNDS, WRITERS = 2, 4


class Server:
    """`closedloop serve` on a database of its own, in a process group that can be killed as one."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CLOSEDLOOP_", "DATABASE_URL"))}
        secret = "only for this test, and long enough: 0123456789"
        own = {"CLOSEDLOOP_DATA_DIR": str(folder), "CLOSEDLOOP_SECRET_KEY": secret, "CLOSEDLOOP_LOG_LEVEL": "WARNING"}
        self._environment = clean | own
        self._run("db", "upgrade")
        self.token = self._run("token", "create", "--name", "t", "--scope", "read", "write").split()[-1]
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "feedback", *arguments]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True, timeout=120).stdout

    def start(self) -> None:
        command = [sys.executable, "-m", "feedback", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(command, env=self._environment, start_new_session=True, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(self.url + "/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def stop(self, number: int = signal.SIGKILL) -> int:
        assert self._process is not None
        if number == signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)
        return self._process.wait(60)

    def call(self, path: str, body: object = None, **headers: str) -> dict:
        data = json.dumps(body).encode() if body is not None else None
        all_headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | headers
        request = urllib.request.Request(self.url + path, data, all_headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


class Writer(threading.Thread):
    """Sends answers one after another; each is repeated with the same key until the server thanks for it."""

    def __init__(self, server: Server, name: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.server, self.writer, self.stop = server, name, stop
        self.thanked: dict[str, int] = {}
        self.repeats = 0

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            self._hand_in(f"{self.writer}-{number}")

    def _hand_in(self, key: str) -> None:
        # No external_id: the Idempotency-Key alone keeps a repeat from becoming a second answer.
        body = {"account_external_id": self.writer, "contact_external_id": "c", "score": 9, "comment": key}
        while key not in self.thanked and not (self.stop.is_set() and self.repeats > 10_000):
            try:
                self.thanked[key] = self.server.call("/api/v1/responses", body, **{"Idempotency-Key": key})["id"]
            except (OSError, http.client.HTTPException, json.JSONDecodeError):  # killed before, or in the middle of, its answer
                self.repeats += 1
                time.sleep(0.05)


def _stored(server: Server) -> list[tuple[str, int]]:
    found, cursor = [], ""
    while cursor is not None:
        page = server.call("/api/v1/responses?limit=200" + (f"&cursor={cursor}" if cursor else ""))
        found += [(item["comment"], item["id"]) for item in page["items"]]
        cursor = page["next_cursor"]
    return found


def _wait_for_thanks(writers: list[Writer], count: int) -> None:
    deadline = time.monotonic() + 60
    while sum(len(writer.thanked) for writer in writers) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.faults
def test_a_personal_link_leads_to_the_server_that_made_it(server: Server) -> None:
    server.call("/api/v1/responses", {"account_external_id": "a", "contact_external_id": "c", "score": 9})
    link = server.call("/api/v1/invitations", {"account_external_id": "a", "contact_external_id": "c"})["url"]
    assert link.startswith(server.url + "/s/")


@pytest.mark.faults
def test_no_answer_is_lost_or_doubled_when_the_server_is_killed(server: Server) -> None:
    stop = threading.Event()
    writers = [Writer(server, f"w{number}", stop) for number in range(WRITERS)]
    [writer.start() for writer in writers]
    for round_ in range(ROUNDS):
        _wait_for_thanks(writers, 10 * (round_ + 1))
        server.stop(signal.SIGKILL)
        server.start()
    _wait_for_thanks(writers, 10 * (ROUNDS + 1))
    stop.set()
    [writer.join(60) for writer in writers]
    thanked = {key: response_id for writer in writers for key, response_id in writer.thanked.items()}
    assert sorted(_stored(server)) == sorted(thanked.items())
    assert sum(writer.repeats for writer in writers) > 0


@pytest.mark.faults
def test_an_orderly_stop_finishes_what_it_began(server: Server) -> None:
    stop = threading.Event()
    writer = Writer(server, "w", stop)
    writer.start()
    time.sleep(1.0)
    assert server.stop(signal.SIGTERM) == 0
    server.start()
    stop.set()
    writer.join(60)
    assert sorted(_stored(server)) == sorted(writer.thanked.items())
