"""May we sell? `POST /gate/evaluate` with the decision stored, next to a bare route on the same server in the same run.

    python -m benchmarks.gate [--seconds 5] [--rounds 3] [--accounts 2000] [--batch 20000]
                             [--database sqlite|postgresql]

Each server is granian with one worker and 16 threads; the load comes over 16 keep-alive connections. Rounds alternate between
the routes; the medians are compared. On PostgreSQL a private cluster is started, and nothing is written to docs/evidence. The
batch runs in this process through the Python API, everything stored.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from benchmarks import load
from config import Settings
from feedback.access.rules import Viewer
from feedback.access.service import create_token
from feedback.accounts.models import Account, AccountContact, Contact, Spend, WalletEstimate
from feedback.app import create_app
from feedback.closed_loop.defaults import install_defaults
from feedback.gate.evaluation import Question
from feedback.gate.rules import Initiation
from feedback.gate.service import evaluate_batch
from feedback.gate.standing import standings
from feedback.gate.tables import all_inputs
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, Purpose
from feedback.surveys.models import Response, SurveyProgram
from feedback.uow import transaction
from tests.databases import postgresql_cluster

TARGETS = {"evaluate, stored": 0.25, "preview, not stored": 0.5, "what-if, not stored": 0.5}  # of the bare route with one SELECT
EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "gate.json"
# What the same questions cost when they were first measured, on another day: one process, one thread.
EARLIER = {"bare route, SQLAlchemy": 2738, "bare route, sqlite3": 4900}
CONTACTS, ANSWERS = 6, 30  # per account


def main() -> None:
    """Measure, print the table, write the evidence."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="closedloop-gate-") as name, ExitStack() as stack:
        folder, secret = Path(name), secrets.token_hex(32)
        url = stack.enter_context(postgresql_cluster(durable=True)) if arguments.database == "postgresql" else ""
        app = create_app(Settings(DATABASE_URL=url, data_dir=folder, secret_key=secret))
        with app.app_context():
            token = _populate(arguments.accounts)
        figures = _measure_http(folder, url, secret, token, arguments)
        figures |= _measure_python(app, arguments)
    _print(figures)
    if arguments.database == "sqlite":
        EVIDENCE.write_text(json.dumps({"measured_on": datetime.now(UTC).date().isoformat(), **figures}, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="of load per route and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=20_000, help="decisions of the batch")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    return parser.parse_args()


def _populate(accounts: int) -> str:
    """The medium demo's size: six contacts and thirty answers per account, wallets, spend, issues, consent."""
    upgrade()
    install_defaults()
    random, now = Random(7), clock.now()
    with transaction() as session:
        survey = session.scalar(sa.select(SurveyProgram.id))
        for model, rows in _tables(accounts, survey, random, now):
            session.execute(sa.insert(model), rows)
        return create_token("benchmark", ("gate",), actor="benchmark")[1]


def _tables(accounts: int, survey: Any, random: Random, now: datetime) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    stamps = {"created_at": now, "updated_at": now}
    contacts = range(1, accounts * CONTACTS + 1)
    roles = ("decision_maker", "influencer", "user", "user", "user", "user")
    yield (
        Account,
        [
            {
                "id": i,
                "external_id": f"A{i}",
                "name": f"Account {i}",
                "value_tier": "B",
                "status": "active",
                "annual_revenue": 1e5,
                **stamps,
            }
            for i in range(1, accounts + 1)
        ],
    )
    yield Contact, [{"id": i, "external_id": f"C{i}", "name": f"Contact {i}", **stamps} for i in contacts]
    yield (
        AccountContact,
        [
            {
                "account_id": (i - 1) // CONTACTS + 1,
                "contact_id": i,
                "role": roles[(i - 1) % CONTACTS],
                "role_guessed": False,
                "since": now,
            }
            for i in contacts
        ],
    )
    answer = {"survey_id": survey, "source": "benchmark", "content_digest": "", "version": 1, "channel": "web", "role": "user"}
    yield (
        Response,
        [
            answer
            | {
                "account_id": (contact - 1) // CONTACTS + 1,
                "contact_id": contact,
                "score": random.choice((3, 6, 7, 8, 9, 9, 10, 10)),
                "responded_at": now - timedelta(days=540 * random.random()),
                "created_at": now,
            }
            for contact in random.choices(contacts, k=accounts * ANSWERS)
        ],
    )
    yield (
        ConsentEvent,
        [
            {
                "contact_id": i,
                "purpose": "offers",
                "channel": "email",
                "action": "granted",
                "occurred_at": now - timedelta(days=99),
                "recorded_at": now,
                "recorded_by": "benchmark",
            }
            for i in contacts
        ],
    )
    wallet = {"category": "all", "total_spend": 1e6, "confidence": 0.8, "as_of": date(now.year, 1, 1), "created_at": now}
    yield WalletEstimate, [wallet | {"account_id": i} for i in range(1, accounts + 1) if i % 5]
    yield (
        Spend,
        [
            {"account_id": i, "month": date(now.year - 1, month, 1), "amount": 5e4 * random.random(), "product_code": ""}
            for i in range(1, accounts + 1)
            for month in range(1, 13)
        ],
    )
    due = now + timedelta(days=2)
    clocks = dict.fromkeys(("first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at"), due)
    issue = {
        "state": "routed",
        "severity": "minor",
        "source": "staff",
        "defect_key": 0,
        "value_tier": "B",
        "opened_at": now,
        **clocks,
    }
    yield Issue, [issue | {"number": i, "account_id": i * 3 % accounts + 1} for i in range(1, accounts // 3 + 2)]


def _measure_http(folder: Path, url: str, secret: str, token: str, arguments: argparse.Namespace) -> dict[str, Any]:
    database = url or str(folder / "closedloop.db")
    environment = {
        "BENCHMARK_DATABASE": database,
        "DATABASE_URL": url,
        "CLOSEDLOOP_DATA_DIR": str(folder),
        "CLOSEDLOOP_SECRET_KEY": secret,
    }
    with _served("benchmarks.baselines.bare_route:app", environment) as bare, _served("dashboards.wsgi:app", environment) as ours:
        routes = {
            "Flask hello": (bare, _requests("/hello", arguments.accounts)),
            "bare route, sqlite3": (bare, _requests("/sqlite3", arguments.accounts)),
            "bare route, SQLAlchemy": (bare, _requests("/sqlalchemy", arguments.accounts)),
            "evaluate, stored": (ours, _requests("/api/v1/gate/evaluate", arguments.accounts, token)),
            "preview, not stored": (ours, _requests("/api/v1/gate/preview", arguments.accounts, token)),
            "what-if, not stored": (ours, _what_if(token)),
        }
        if url:
            del routes["bare route, sqlite3"]
        for port, requests in routes.values():
            load.run(port, requests, seconds=1)
        runs: dict[str, list[load.Load]] = {name: [] for name in routes}
        for _ in range(arguments.rounds):
            for name, (port, requests) in routes.items():
                runs[name].append(load.run(port, requests, seconds=arguments.seconds))
    failed = sum(run.failed for found in runs.values() for run in found)
    if failed:
        raise SystemExit(f"{failed} requests failed; the figures mean nothing.")
    rates = {name: statistics.median(run.rate for run in found) for name, found in runs.items()}
    slow = {name: statistics.median(run.percentile(0.99) for run in found) for name, found in runs.items()}
    ratios = {name: _ratio(runs[name], runs["bare route, SQLAlchemy"]) for name in TARGETS}
    return {"per_second": rates, "p99_ms": slow, "ratios": ratios, "targets": TARGETS}


def _ratio(ours: list[load.Load], bare: list[load.Load]) -> float:
    return statistics.median(mine.rate / theirs.rate for mine, theirs in zip(ours, bare, strict=True))


def _requests(path: str, accounts: int, token: str | None = None) -> list[bytes]:
    question = {"purpose": "offers", "channel": "email", "initiation": "outbound"}
    headers = [f"Authorization: Bearer {token}"] if token else []
    bodies = (json.dumps(question | {"account_external_id": f"A{i}"}).encode() for i in range(1, accounts + 1))
    return [load.post(path, body, headers) for body in bodies]


def _what_if(token: str) -> list[bytes]:
    """What the tables say about given inputs: nothing is read, nothing is stored."""
    headers = [f"Authorization: Bearer {token}"]
    return [load.post("/api/v1/gate/what-if", json.dumps(inputs._asdict()).encode(), headers) for inputs in all_inputs()]


@contextmanager
def _served(application: str, environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        "16",
    ]
    process = subprocess.Popen([*command, "--no-ws", "--log-level", "error", application], env=os.environ | environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("A server did not start within a minute.")


def _measure_python(app: Flask, arguments: argparse.Namespace) -> dict[str, Any]:
    viewer = Viewer(kind="token", name="benchmark", token_scopes=frozenset({"gate"}))
    selling = (Purpose.OFFERS, Channel.EMAIL, Initiation.OUTBOUND)
    questions = [Question(*selling, account_id=i % arguments.accounts + 1) for i in range(arguments.batch)]
    with app.app_context():
        standing = min(_seconds(lambda: standings(range(1, arguments.accounts + 1), clock.now())) for _ in range(3))
        batch = _seconds(lambda: evaluate_batch(questions, viewer))
    return {
        "accounts": arguments.accounts,
        "standings_seconds": standing,
        "batch": arguments.batch,
        "batch_per_second": arguments.batch / batch,
    }


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print(figures: dict[str, Any]) -> None:
    base = figures["per_second"]["bare route, SQLAlchemy"]
    print(f"{'one question over HTTP':28} {'per second':>11} {'p99 ms':>8} {'ratio':>7} {'earlier':>8}")
    for name, rate in figures["per_second"].items():
        earlier = EARLIER.get(name, "")
        print(f"{name:28} {rate:11,.0f} {figures['p99_ms'][name]:8.1f} {rate / base:7.2f} {earlier:>8}")
    for name, ratio in figures["ratios"].items():
        print(f"{name} ÷ bare route with one SELECT, median of the rounds: {ratio:.2f} (at least {figures['targets'][name]})")
    print(f"standings of {figures['accounts']:,} accounts: {1000 * figures['standings_seconds']:.0f} ms")
    minutes = 1e6 / figures["batch_per_second"] / 60
    print(f"batch of {figures['batch']:,}, stored: {figures['batch_per_second']:,.0f}/s (a million in {minutes:.1f} min)")


if __name__ == "__main__":
    main()
