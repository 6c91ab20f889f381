"""Webhooks of other systems: repeated, shuffled, tampered with, of unknown versions, poisoned (reliability of the door).

python -m benchmarks.inbound [--events 10000] [--connections 8]

Each event comes one to five times, all of them shuffled; 20 % of the deliveries are tampered with, 5 % of the events have
a version that nobody knows, 1 % are poison. Everything goes over HTTP to the production server. Nothing is written to
docs/evidence.
"""

import argparse
import base64
import hmac
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.answers_over_http import granian, server

SECRET = "whsec_" + base64.b64encode(b"for measurements only, 32 bytes!").decode()
SETUP = f"""
from feedback.app import create_app
from feedback.inlets.connectors import ConnectorDraft, create_connector
from feedback.inlets.rules.kinds import ConnectorKind, Scheme
from feedback.uow import transaction
with create_app().app_context(), transaction():
    create_connector(ConnectorDraft("bench", "Bench", ConnectorKind.GENERIC, scheme=Scheme.STANDARD_WEBHOOKS, secret="{SECRET}",
        mapping={{"version": "/version"}}, versions=("1",), create_accounts=True), actor="bench")
"""
COUNTS = """
import json
import sqlalchemy as sa
from feedback.app import create_app
from feedback.extensions import db
from feedback.inlets.models import InboundEvent
from feedback.surveys.models import Response
with create_app().app_context():
    states = {str(state): count for state, count in db.session.execute(
        sa.select(InboundEvent.state, sa.func.count()).group_by(InboundEvent.state))}
    answers = sorted((name, score) for name, score in db.session.execute(sa.select(Response.external_id, Response.score)))
    print(json.dumps({"states": states, "answers": answers}))
"""


@dataclass
class Delivery:
    """One request: what is sent, under which id, and whether its signature is right."""

    message_id: str
    body: bytes
    tampered: bool


@dataclass
class Plan:
    """All deliveries, and the answers that have to be there at the end: the newest version of each."""

    deliveries: list[Delivery] = field(default_factory=list)
    wanted: dict[str, int] = field(default_factory=dict)
    unusable: int = 0


def make_plan(events: int, seed: int = 7) -> Plan:
    """Two events about each answer, the later one with the score that counts."""
    dice, plan, newest = random.Random(seed), Plan(), {}
    for number in range(events):
        answer, minute, score = f"a{number // 2}", number % 2, dice.randrange(11)
        said = {
            "id": answer,
            "version": 1,
            "account": f"acc{number // 2 % 400}",
            "contact": f"c{number // 2 % 800}",
            "score": score,
        }
        said["responded_at"] = f"2026-11-20T10:0{minute}:00Z"
        kind = dice.random()
        body = json.dumps(said).encode()
        if kind < 0.05:
            body = json.dumps(said | {"version": 9}).encode()
        elif kind < 0.06:
            body = dice.choice([b"{", b"\xff\xfe", b"[]", json.dumps(said | {"score": "many"}).encode()])
        elif (minute, score) >= newest.get(answer, (-1, -1)):
            newest[answer] = (minute, score)
        plan.unusable += kind < 0.06
        for _ in range(dice.randint(1, 5)):
            plan.deliveries.append(Delivery(f"m{number}", body, tampered=False))
    for place in dice.sample(range(len(plan.deliveries)), len(plan.deliveries) // 4):
        one = plan.deliveries[place]  # beside the right ones, so that a fifth of all is tampered with
        plan.deliveries.append(Delivery(one.message_id, one.body + b" ", tampered=True))
    dice.shuffle(plan.deliveries)
    plan.wanted = {answer: score for answer, (_minute, score) in newest.items()}
    return plan


def headers_of(delivery: Delivery) -> dict[str, str]:
    """Signed now; what was tampered with has the signature of what it was."""
    stamp, signed = str(int(time.time())), delivery.body[:-1] if delivery.tampered else delivery.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    code = hmac.digest(key, f"{delivery.message_id}.{stamp}.".encode() + signed, "sha256")
    names = {"webhook-id": delivery.message_id, "webhook-timestamp": stamp}
    return names | {"webhook-signature": "v1," + base64.b64encode(code).decode(), "Content-Type": "application/json"}


def send_all(address: str, plan: Plan, connections: int) -> tuple[list[float], Counter[tuple[bool, int]]]:
    """Every delivery once; answers the latencies in milliseconds and (tampered, status) counts."""
    waiting, lock = iter(plan.deliveries), threading.Lock()
    latencies: list[float] = []
    statuses: Counter[tuple[bool, int]] = Counter()

    def work() -> None:
        connection = HTTPConnection(urlsplit(address).netloc)
        while True:
            with lock:
                one = next(waiting, None)
            if one is None:
                return
            began = time.perf_counter()
            connection.request("POST", "/inbound/bench", one.body, headers_of(one))
            answer = connection.getresponse()
            answer.read()
            with lock:
                latencies.append(1000 * (time.perf_counter() - began))
                statuses[one.tampered, answer.status] += 1

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies, statuses


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=8)
    options = parser.parse_args()
    plan = make_plan(options.events)
    with tempfile.TemporaryDirectory(prefix="closedloop-bench-") as folder:
        environment = {
            "CLOSEDLOOP_DATA_DIR": str(Path(folder)),
            "CLOSEDLOOP_SECRET_KEY": "for measurements only " * 2,
            "DATABASE_URL": "",
        }
        surroundings = {**os.environ, **environment, "DATABASE_URL": ""}
        subprocess.run([sys.executable, "-m", "feedback", "db", "upgrade"], check=True, capture_output=True, env=surroundings)
        subprocess.run([sys.executable, "-c", SETUP], check=True, env=surroundings)
        with server(granian("dashboards.wsgi:app", 16), environment, ready="/healthz") as address:
            began = time.perf_counter()
            latencies, statuses = send_all(address, plan, options.connections)
            seconds = time.perf_counter() - began
        found = json.loads(
            subprocess.run([sys.executable, "-c", COUNTS], check=True, capture_output=True, text=True, env=surroundings).stdout
        )
    report(plan, latencies, statuses, seconds, found)


def report(
    plan: Plan, latencies: list[float], statuses: Counter[tuple[bool, int]], seconds: float, found: dict[str, object]
) -> None:
    """What was promised, and what came of it."""
    answers: list[list[object]] = found["answers"]  # type: ignore[assignment]
    stored = {str(name): score for name, score in answers}
    tampered_in = sum(count for (tampered, status), count in statuses.items() if tampered and status < 300)
    count = len(plan.deliveries)
    print(f"{count:,} deliveries in {seconds:.0f} s, {count / seconds:,.0f}/s; (tampered, status): {dict(statuses)}")
    print(f"states {found['states']}; of no use by plan: {plan.unusable}")
    print(f"answers stored twice: {len(answers) - len(stored)}; tampered accepted: {tampered_in}")
    print(
        f"answers as the newest event says: {sum(stored.get(a) == s for a, s in plan.wanted.items()):,} of {len(plan.wanted):,}"
    )
    print(f"acknowledged in ms: median {statistics.median(latencies):.1f}, p95 {statistics.quantiles(latencies, n=20)[-1]:.1f}")
    if len(answers) != len(stored) or tampered_in or stored != plan.wanted:
        raise SystemExit("not as promised")


if __name__ == "__main__":
    main()
