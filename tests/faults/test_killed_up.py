"""`closedloop up` is killed: its web server and its jobs do not stay behind, holding the port and the database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CLOSEDLOOP_", "DATABASE_URL"))}
    command = [sys.executable, "-m", "feedback", "up", "--no-demo", "--port", str(port)]
    return subprocess.Popen(command, env=clean | {"CLOSEDLOOP_DATA_DIR": str(folder)}, stdout=subprocess.PIPE)


def _children(parent: int) -> set[int]:
    """All processes below this one."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    direct = {pid for pid, above in pairs if above == parent}
    return direct.union(*map(_children, direct))


def _alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_stays_behind(tmp_path: Path, number: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    up = _start(tmp_path, port)
    assert up.stdout is not None
    assert any(b"closedloop runs at" in line for line in up.stdout)
    children = _children(up.pid)
    assert len(children) >= 2
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200
    up.send_signal(number)
    up.wait(30)
    deadline = time.monotonic() + 30
    while any(map(_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [pid for pid in children if _alive(pid)] == []
    up.stdout.close()
    socket.create_server(("127.0.0.1", port)).close()
