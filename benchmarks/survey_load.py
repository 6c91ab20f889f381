"""The survey page under load: 50 people a second open it, read it and answer, with a million answers stored.

    python -m benchmarks.survey_load [--rate 50] [--seconds 120] [--stored 1000000] [--database sqlite|postgresql]

The server is what `closedloop up` starts, jobs included; the clients run on the same two cores. People arrive at their rate
whatever the server does (no one waits for another), open the link with a score in it, and send the form two seconds later. The
latency of a request counts from the moment it was due.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.bulk import write_file
from benchmarks.survey_site import SECRET, Site, make_links, site
from benchmarks.visitors import FIREFOX, Visitor, Web
from feedback.extensions import db
from feedback.surveys.models import Response
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "survey_load.json"
READING, WARM_UP, TARGET = 2.0, 10, 250
SCORES = (9, 10, 8, 9, 7, 10, 9, 6, 3, 10)


def main() -> None:
    """Run, print, write the evidence."""
    options = _options()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="closedloop-bench-"))
        url = stack.enter_context(postgresql_cluster(durable=True)) if options.database == "postgresql" else ""
        _store(Path(folder), url, options.stored)
        here = stack.enter_context(site(url, folder))
        result = _measure(here, options)
    for name, value in result.items():
        print(f"{name:12} {value}")
    if not options.dry:
        known = json.loads(EVIDENCE.read_text()) if EVIDENCE.exists() else {}
        EVIDENCE.write_text(json.dumps(known | {options.database: result}, indent=2) + "\n")
    good = (
        result["errors"] == 0 and result["answers_lost"] == 0 and max(result["get_ms"]["p95"], result["post_ms"]["p95"]) <= TARGET
    )
    print("as promised" if good else "NOT as promised")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=50, help="people a second")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--stored", type=int, default=1_000_000, help="answers before")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--dry", action="store_true", help="write no evidence")
    return parser.parse_args()


def _store(folder: Path, url: str, answers: int) -> None:
    environment = {
        **os.environ,
        "CLOSEDLOOP_DATA_DIR": str(folder),
        "CLOSEDLOOP_SECRET_KEY": SECRET,
        "DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "feedback"]
    subprocess.run([*command, "db", "upgrade"], check=True, capture_output=True, env=environment)
    file = folder / "answers.csv"
    write_file(file, answers)
    subprocess.run(
        [*command, "import", "responses", str(file), "--create-defects"], check=True, capture_output=True, env=environment
    )
    file.unlink()


def _measure(here: Site, options: argparse.Namespace) -> dict[str, Any]:
    people = round(options.rate * (options.seconds + WARM_UP))
    tokens = make_links(here.app, people, "load")
    before = _answers(here)
    timings: dict[str, list[float]] = {"get": [], "post": []}
    started_cpu = _cpu_seconds(here.pid)
    started = time.perf_counter()
    web = asyncio.run(_arrive(here.port, tokens, options.rate, timings))
    seconds = time.perf_counter() - started
    cpu = _cpu_seconds(here.pid) - started_cpu
    return {
        "rate": options.rate,
        "people": people,
        "stored": before,
        "get_ms": _percentiles(timings["get"]),
        "post_ms": _percentiles(timings["post"]),
        "errors": web.failed + people - len(timings["post"]),
        "answers_lost": people - (_answers(here) - before),
        "server_cpu": f"{cpu / seconds:.2f} of {os.cpu_count()} cores",
        "server_cpu_ms_per_person": round(1000 * cpu / people, 2),
    }


async def _arrive(port: int, tokens: list[str], rate: float, timings: dict[str, list[float]]) -> Web:
    web, first = Web(port, connections=64), time.perf_counter() + 0.5
    await asyncio.gather(*(_answer(web, token, first + number / rate, number, timings) for number, token in enumerate(tokens)))
    return web


async def _answer(web: Web, token: str, due: float, number: int, timings: dict[str, list[float]]) -> None:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    score, counted = SCORES[number % len(SCORES)], number / 50 > WARM_UP
    visitor = Visitor(web, token, FIREFOX)
    page = await visitor.get(f"/s/{{token}}?score={score}")
    opened = time.perf_counter()
    if counted:
        timings["get"].append(opened - due)
    await asyncio.sleep(READING)
    thanks = await visitor.answer(score, page, "The claim took far too long and nobody called me back." if score < 7 else "")
    if thanks.status == 200:
        timings["post"].append(time.perf_counter() - opened - READING)


def _percentiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) for name, share in shares.items()}


def _answers(here: Site) -> int:
    with here.app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Response)) or 0


def _cpu_seconds(parent: int) -> float:
    """What a process and its children have used."""
    total, ticks = 0, os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if _descends(int(entry.name), parent):
                total += int(fields[11]) + int(fields[12])
        except (OSError, ValueError):
            continue
    return total / ticks


def _descends(process: int, parent: int) -> bool:
    while process > 1:
        if process == parent:
            return True
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False


if __name__ == "__main__":
    main()
