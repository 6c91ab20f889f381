"""Three schedulers side by side, killed again and again: no slot is left out, none is run again unless its run was killed.

    python -m benchmarks.job_kills [--schedulers 3] [--kills 50] [--database sqlite|postgresql] [--dry]

A job with a slot each second notes its start outside the database, works for a moment and writes its effect. Which process is
killed (SIGKILL), and when, is random; another one takes its place at once.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from config import Settings
from feedback.app import create_app
from feedback.extensions import db
from jobs.scheduler import run_scheduler
from tests.conftest import SECRET
from tests.databases import postgresql_cluster
from tests.faults.scheduler_process import SCHEDULES
from tests.faults.slots import count_slots, effects

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "job_kills.json"
PAUSE = (0.2, 1.2)  # seconds between two kills
LEASE = 2
FORK = multiprocessing.get_context("fork")


def main() -> None:
    """Kill, count, print, write the evidence; status 1 if a slot is missing or took effect twice."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = options.database == "postgresql"
        url = stack.enter_context(postgresql_cluster(durable=True)) if server else f"sqlite:///{folder / 'closedloop.db'}"
        os.environ["STARTS_FILE"] = str(folder / "starts")
        app = create_app(Settings(DATABASE_URL=url, data_dir=folder, secret_key=SECRET, job_lease_seconds=LEASE))
        with app.app_context():
            upgrade()
            db.session.remove()
            db.engine.dispose()
        killed = _run(app, options)
        starts = (folder / "starts").read_text().splitlines()
        result = asdict(count_slots(effects(app), starts, killed)) | {
            "schedulers": options.schedulers,
            "kills": options.kills,
            "database": options.database,
        }
    print(json.dumps(result, indent=2))
    if not options.dry:
        EVIDENCE.write_text(json.dumps(result, indent=2) + "\n")
    raise SystemExit(bool(result["missing"] or result["repeated_without_a_kill"]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedulers", type=int, default=3)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--dry", action="store_true", help="write no evidence")
    return parser.parse_args()


def _run(app: Flask, options: argparse.Namespace) -> set[int]:
    """Kill so often; answers which processes were killed."""
    dice, killed = random.Random(11), set[int]()
    running = [_start(app) for _ in range(options.schedulers)]
    for _kill in range(options.kills):
        time.sleep(dice.uniform(*PAUSE))
        victim = running.pop(dice.randrange(len(running)))
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        killed.add(victim.pid)
        running.append(_start(app))
    time.sleep(2 * LEASE)  # what the last one left is taken over
    for process in running:
        process.terminate()
        process.join(20)
    return killed


def _start(app: Flask) -> Any:
    process = FORK.Process(target=run_scheduler, args=(app, SCHEDULES["effects"]))
    process.start()
    return process


if __name__ == "__main__":
    main()
