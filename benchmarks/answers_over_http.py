"""Servers in processes of their own, and load on them: wrk where it is installed, else a small client of ours."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

GENERATE = """
local thread_number = 0
function setup(thread) thread:set("number", thread_number); thread_number = thread_number + 1 end
function init(args)
  math.randomseed(%(seed)d + number)
  count = 0
  scores = {0, 2, 3, 4, 5, 6, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10, 10, 10, 10, 10}
  headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer %(token)s"}
end
function request()
  count = count + 1
  local account = math.random(0, 1999)
  local defects = {}
  for place = 1, ({0, 1, 1, 1, 2, 2, 2})[math.random(7)] do
    defects[place] = '"d' .. (math.random(0, 14) + 15 * (place - 1)) .. '"'
  end
  local body = string.format(
    '{"source":"bench","external_id":"%(seed)d-%%d-%%d","account_external_id":"A%%d","contact_external_id":"C%%d-%%d",' ..
    '"score":%%d,"comment":"The claim took far too long and nobody called me back.","language":"en","defects":[%%s]}',
    number, count, account, account, math.random(0, 5), scores[math.random(#scores)], table.concat(defects, ","))
  return wrk.format("POST", "/api/v1/responses", headers, body)
end
function done(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %%d %%d %%d %%d\\n", summary.requests, summary.duration, bad, latency:percentile(99)))
end
"""


@contextmanager
def server(command: list[str], environment: Mapping[str, str], *, ready: str = "/") -> Iterator[str]:
    """Start a server on a free port (`{port}` in the command); yields its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    full = [part.format(port=port) for part in command]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(full, env={**os.environ, **environment}, stdout=log, stderr=log)
        try:
            wait_until_up(address + ready, process)
            yield address
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-3000:])
            raise
        finally:
            process.terminate()
            process.wait(30)


def granian(target: str, threads: int) -> list[str]:
    """The command that serves a WSGI application the way the product is served."""
    program = str(Path(sys.executable).with_name("granian"))
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log", "--log-level", "error"]
    return [program, *options, "--workers", "1", "--blocking-threads", str(threads), target]


def gunicorn(target: str, workers: int) -> list[str]:
    """The command most would use."""
    program = str(Path(sys.executable).with_name("gunicorn"))
    return [
        program,
        "--no-control-socket",
        "--preload",
        "-b",
        "127.0.0.1:{port}",
        "-w",
        str(workers),
        "--log-level",
        "error",
        target,
    ]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until it answers.

    Raises:
        RuntimeError: it ended, or did not answer for two minutes.
    """
    for _ in range(1200):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310  our own server
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def post_answers(
    address: str, *, token: str, seconds: float, seed: int, strict: bool, connections: int = 32
) -> tuple[float, float]:
    """Hand in answers as fast as they are taken; (answers per second, 99th percentile in ms).

    Args:
        strict: no answer may be refused. (The naive route loses races for a new customer; that is not held against its speed.)

    Raises:
        RuntimeError: an answer was refused, or wrk is missing.
    """
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("Install wrk (apt-get install wrk) to measure over HTTP.")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(GENERATE % {"seed": seed, "token": token})
        script.flush()
        command = [program, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", script.name, address]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    requests, microseconds, bad, p99 = next(
        map(int, line.split()[1:]) for line in output.splitlines() if line.startswith("RESULT")
    )
    if bad and strict:
        raise RuntimeError(f"{bad} of {requests} answers were refused:\n{output}")
    return (requests - bad) / microseconds * 1e6, p99 / 1000
