"""One answer over HTTP with all its consequences, beside a naive ORM route and a route that does nothing.

python -m benchmarks.ingest [--seconds 5] [--rounds 3] [--database sqlite|postgresql]

On PostgreSQL a private cluster is started; nothing is written to docs/evidence.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.answers_over_http import granian, gunicorn, post_answers, server
from tests.databases import another_database, postgresql_cluster

THREADS, FEW = 16, 4
EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "ingest.json"
# performance.md: SQLite FULL, another day on the same kind of machine; ratios matter, not these
BEFORE = {"bare": 6800, "naive_gunicorn": 470, "naive_few": None, "naive": None, "ours": 1880}
LABELS = {
    "bare": "Flask route that does nothing, granian",
    "naive_gunicorn": "naive ORM route, gunicorn sync x2",
    # a commit per request and SQLite's one lock: fewer threads get in each other's way less
    "naive_few": "naive ORM route, granian 1x4",
    "naive": "naive ORM route, granian 1x16",
    "ours": "ours with all consequences, granian 1x16",
}


def main() -> None:
    """Run, print, write the evidence."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="closedloop-bench-") as folder, ExitStack() as stack:
        targets = _start(stack, Path(folder), options.database)
        rates: dict[str, list[float]] = {name: [] for name in targets}
        p99: dict[str, list[float]] = {name: [] for name in targets}
        for name, (address, token) in targets.items():
            post_answers(address, token=token, seconds=2, seed=1, strict=name == "ours")  # customers exist, caches are warm
        for round_number in range(options.rounds):
            for name, (address, token) in targets.items():
                rate, slow = post_answers(
                    address, token=token, seconds=options.seconds, seed=100 + round_number, strict=name == "ours"
                )
                rates[name].append(rate)
                p99[name].append(slow)
    _report(rates, p99, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements per target; medians are shown")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    return parser.parse_args()


def _start(stack: ExitStack, folder: Path, database: str) -> dict[str, tuple[str, str]]:
    cluster = stack.enter_context(postgresql_cluster(durable=True)) if database == "postgresql" else ""
    bare = stack.enter_context(server(granian("benchmarks.baselines.bare:app", THREADS), {}))
    naive = {
        name: stack.enter_context(server(command, {"DATABASE_URL": _url(folder, cluster, name)}))
        for name, command in (
            ("naive_gunicorn", gunicorn("benchmarks.baselines.naive_orm:app", 2)),
            ("naive_few", granian("benchmarks.baselines.naive_orm:app", FEW)),
            ("naive", granian("benchmarks.baselines.naive_orm:app", THREADS)),
        )
    }
    environment = {"CLOSEDLOOP_DATA_DIR": str(folder), "CLOSEDLOOP_SECRET_KEY": "for measurements only " * 2}
    environment["DATABASE_URL"] = cluster
    token = prepare(environment)
    ours = stack.enter_context(server(granian("dashboards.wsgi:app", THREADS), environment, ready="/healthz"))
    return {"bare": (bare, "x"), **{name: (address, "x") for name, address in naive.items()}, "ours": (ours, token)}


def _url(folder: Path, cluster: str, name: str) -> str:
    return another_database(cluster, name) if cluster else f"sqlite:///{folder / name}.db"


def prepare(environment: dict[str, str]) -> str:
    """Migrate an empty database, fill the catalogue, staff two teams that issues are routed to, make a token."""
    command = [sys.executable, "-m", "feedback"]
    surroundings = {**os.environ, **environment}
    subprocess.run([*command, "db", "upgrade"], check=True, capture_output=True, env=surroundings)
    subprocess.run([sys.executable, "-c", COMPANY], check=True, env=surroundings)
    made = [*command, "token", "create", "--name", "bench", "--scope", "write", "--scope", "read", "--scope", "gate"]
    return subprocess.run(made, check=True, capture_output=True, text=True, env=surroundings).stdout.split()[-1]


COMPANY = """
from feedback.access.rules import Role
from feedback.access.service import create_team, create_user
from feedback.app import create_app
from feedback.defects.catalogue import create_defects
from feedback.defects.rules import DefectCategory
from feedback.issues.rulebook import RuleLine, replace_rules
from feedback.uow import transaction
with create_app().app_context(), transaction() as session:
    create_defects(session, [(f"d{number}", DefectCategory.SERVICE) for number in range(30)])
    teams = [create_team(code, name=code, region=None, actor="bench").id for code in ("claims", "care")]
    for number in range(8):
        create_user(f"p{number}@example.com", role=Role.FRONTLINE, team_id=teams[number % 2], actor="bench")
    defects = [RuleLine(defect=f"d{number}", team_id=teams[0]) for number in range(5)]
    replace_rules([*defects, RuleLine(language="es", team_id=teams[1]), RuleLine(team_id=teams[1])], actor="bench")
"""


def _report(rates: dict[str, list[float]], p99: dict[str, list[float]], options: argparse.Namespace) -> None:
    middle = {name: statistics.median(values) for name, values in rates.items()}
    durable = "PostgreSQL, fsync" if options.database == "postgresql" else "SQLite FULL"
    print(f"{'one answer over HTTP, ' + durable:45} {'answers/s':>10} {'p99 ms':>8} {'of naive':>9} {'performance.md':>15}")
    for name, rate in middle.items():
        slow = statistics.median(p99[name])
        ratio = rate / middle["naive"]
        print(f"{LABELS[name]:45} {rate:10,.0f} {slow:8.1f} {ratio:8.2f}x {BEFORE[name] or '-':>15}")
    ratio = middle["ours"] / middle["naive"]
    best = middle["ours"] / max(rate for name, rate in middle.items() if name.startswith("naive"))
    print(f"ours / naive ORM on the same server = {ratio:.2f} (wanted: 3), / the naive route where it is fastest = {best:.2f}")
    if options.database == "sqlite":
        _write_evidence(middle, p99, ratio, best, options)


def _write_evidence(
    middle: dict[str, float], p99: dict[str, list[float]], ratio: float, best: float, options: argparse.Namespace
) -> None:
    evidence: dict[str, Any] = {
        "answers_per_second": {name: round(rate, 1) for name, rate in middle.items()},
        "p99_ms": {name: round(statistics.median(values), 1) for name, values in p99.items()},
        "ratio_to_naive_orm": round(ratio, 2),
        "ratio_to_fastest_naive_orm": round(best, 2),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "load": "wrk, 1 thread, 32 connections, on the same two cores",
    }
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(json.dumps(evidence, indent=2) + "\n")


if __name__ == "__main__":
    main()
