"""Importing answers from CSV: the whole command with everything kept, next to the ORM and to reading the file alone.

    python -m benchmarks.bulk [--rows 300000] [--naive-rows 10000] [--database sqlite|postgresql]

`--rows 5000000` shows that memory stays flat. The file has nine columns, a comment, 1.3 defects on average out of 200, 36
months, 5 segments and 8 regions. The rate counts the whole command, its start included. The peak of memory is the
kernel's figure (maximum resident set size) for the process that writes; both processes together are watched twice a second.
"""

import argparse
import csv
import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedback.closed_loop.imports.responses import response_columns
from feedback.importing.mapping import MapOptions, Mapper
from feedback.importing.opening import open_source
from tests.databases import postgresql_cluster

TARGETS = {"sqlite": 20_000, "postgresql": 15_000}
TARGET_MB, TARGET_RATIO = 400, 20
# measured on another day and a quieter machine: ORM with a commit per 1,000 rows; executemany with live indexes
NOTED = {"ORM, duplicate check": 752, "read + executemany with live indexes": "33,000-74,000"}
EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "bulk.json"
HEADER = (
    "external_id", "account_external_id", "contact_external_id", "segment", "region", "score", "comment", "responded_at",
    "defects",
)  # fmt: skip
SEGMENTS, REGIONS = ("enterprise", "large", "mid", "small", "public"), tuple(f"region-{number}" for number in range(8))
PHRASES = (
    "The claim took far too long.",
    "Nobody called back, twice.",
    "Very helpful on the phone, thank you",
    "",
    "Fine",
    "Price rose again",
)


def write_file(path: Path, rows: int) -> None:
    """A file of answers, the same for the same number of rows."""
    chance = random.Random(7)
    accounts = max(50, min(50_000, rows // 15))
    start = datetime(2023, 1, 1, tzinfo=UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            account = chance.randrange(accounts)
            cited = {f"defect_{int(200 * chance.random() ** 2)}" for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))}
            moment = start + timedelta(minutes=chance.randrange(36 * 30 * 24 * 60))
            score = min(10, max(0, round(chance.gauss(8 - 1.5 * len(cited), 2))))
            contact = f"C{account}-{chance.randrange(4)}"
            text = f"{chance.choice(PHRASES)} {chance.choice(PHRASES)}".strip()
            segment, region = SEGMENTS[account % 5], REGIONS[account % 8]
            when = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            writer.writerow((f"R{number}", f"A{account}", contact, segment, region, score, text, when, ";".join(sorted(cited))))


@dataclass(frozen=True)
class Run:
    """One finished process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float  # of the larger process
    together_mb: float
    output: str


def run(*words: str, environment: dict[str, str] | None = None) -> Run:
    """Run a command and measure it from outside."""
    began = time.perf_counter()
    process = subprocess.Popen(words, env=os.environ | (environment or {}), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    together: list[float] = [0.0]
    watch = threading.Thread(target=_watch, args=(process.pid, together), daemon=True)
    watch.start()
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    watch.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}.")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, max(together), output)


def _watch(process: int, together: list[float]) -> None:
    """Note every half second how much memory a process and its children take; shared pages count once."""
    with suppress(OSError):
        while True:
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
            together.append(sum(_megabytes(number) for number in (process, *map(int, children))))
            time.sleep(0.5)


def _megabytes(process: int) -> float:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure_ours(path: Path, environment: dict[str, str]) -> tuple[Run, dict[str, int]]:
    """Migrate, then import the file once."""
    run(sys.executable, "-m", "feedback", "db", "upgrade", environment=environment)
    words = ("-m", "feedback", "import", "responses", str(path), "--set", "source=bench", "--create-defects", "--json")
    ours = run(sys.executable, *words, environment=environment)
    return ours, json.loads(ours.output.splitlines()[-1])


def measure_floor(path: Path, environment: dict[str, str]) -> float:
    """Seconds that SQLite alone takes for these rows in our tables, indexes and keys."""
    run(sys.executable, "-m", "feedback", "db", "upgrade", environment=environment)
    database = Path(environment["CLOSEDLOOP_DATA_DIR"]) / "closedloop.db"
    return float(run(sys.executable, "-m", "benchmarks.baselines.bare_insert", str(path), str(database)).output)


def measure_reading(path: Path, rows: int) -> float:
    """Rows a second for reading, checking and converting alone: the limit of this side."""
    began = time.perf_counter()
    with open_source(path) as source:
        mapper = Mapper(source, response_columns(None), MapOptions())
        for chunk in source.chunks(10_000):
            mapper.table(chunk)
    return rows / (time.perf_counter() - began)


def main() -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--naive-rows", type=int, default=10_000)
    parser.add_argument("--database", choices=TARGETS, default="sqlite")
    parser.add_argument("--no-evidence", action="store_true", help="do not write docs/evidence/bulk.json")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgresql_cluster()) if options.database == "postgresql" else ""
        environment = {
            "DATABASE_URL": url,
            "CLOSEDLOOP_DATA_DIR": str(folder),
            "CLOSEDLOOP_SECRET_KEY": secrets.token_hex(32),
        }
        path = folder / "answers.csv"
        write_file(path, options.rows)
        found = _measure(path, folder, environment, options)
    _print(found)
    if not options.no_evidence:
        EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
        stored = json.loads(EVIDENCE.read_text()) if EVIDENCE.exists() else {}
        stored[f"{options.database} {options.rows}"] = found
        EVIDENCE.write_text(json.dumps(stored, indent=2, sort_keys=True) + "\n")


def _measure(path: Path, folder: Path, environment: dict[str, str], options: argparse.Namespace) -> dict[str, object]:
    reading = measure_reading(path, options.rows)
    bare = folder / "bare"
    bare.mkdir()
    floor = options.rows / measure_floor(path, environment | {"CLOSEDLOOP_DATA_DIR": str(bare), "DATABASE_URL": ""})
    shutil.rmtree(bare)
    ours, counts = measure_ours(path, environment)
    if counts["created"] != options.rows:
        raise SystemExit(f"Not everything was imported: {counts}")
    words = ("-m", "benchmarks.baselines.orm_import", str(path), str(folder / "naive.db"), str(options.naive_rows))
    naive = min(options.rows, options.naive_rows) / float(run(sys.executable, *words).output)
    rate = options.rows / ours.seconds
    return {
        "database": options.database,
        "rows": options.rows,
        "seconds": round(ours.seconds, 1),
        "cpu_seconds": round(ours.cpu_seconds, 1),
        "cpu_us_per_row": round(ours.cpu_seconds / options.rows * 1e6, 1),
        "load_average": round(os.getloadavg()[0], 1),
        "rows_per_second": round(rate),
        "target_rows_per_second": TARGETS[options.database],
        "peak_mb": round(ours.peak_mb),
        "together_mb": round(ours.together_mb),
        "target_peak_mb": TARGET_MB,
        "reading_alone_per_second": round(reading),
        "bare_insert_per_second": round(floor),
        "ratio_to_bare_insert": round(rate / floor, 2),
        "naive_orm_per_second": round(naive),
        "ratio_to_naive": round(rate / naive, 1),
        "target_ratio": TARGET_RATIO,
    }


def _print(found: dict[str, object]) -> None:
    print(f"{found['rows']:,} answers from CSV into {found['database']}, everything kept")
    print(f"  closedloop import      {found['rows_per_second']:>9,} /s   (target {found['target_rows_per_second']:,})")
    ratio = f"ratio {found['ratio_to_naive']} (target {TARGET_RATIO})"
    print(f"  naive ORM, SQLite      {found['naive_orm_per_second']:>9,} /s   {ratio}")
    bare = f"the same rows, nothing checked or counted; ratio {found['ratio_to_bare_insert']}"
    print(f"  csv + executemany      {found['bare_insert_per_second']:>9,} /s   {bare}")
    print(f"  reading alone          {found['reading_alone_per_second']:>9,} /s")
    print(f"  processor time         {found['cpu_us_per_row']:>9,} µs per row, the command's start included")
    print(f"  of {found['seconds']} s, {found['cpu_seconds']} s on a processor; load of the machine {found['load_average']}")
    print(f"  peak memory            {found['peak_mb']:>9,} MB  of the process that writes")
    print(f"                         {found['together_mb']:>9,} MB  of both  (target {TARGET_MB})")
    for name, rate in NOTED.items():
        print(f"  noted before: {name} {rate} /s")


if __name__ == "__main__":
    main()
