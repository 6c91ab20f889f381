"""From an answer to its owner's queue, and to the notice: in a company with many rules, people, absences and open issues.

    python -m benchmarks.routing [--issues 50000] [--answers 300] [--database sqlite|postgresql]

The server and its jobs run as users run them (`closedloop up`). Half of the people are full or away, every rule asks for a
skill and the customer's language and prefers whoever helped last; so routing has as much to think about as it ever has.
"""

import argparse
import http.client
import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from benchmarks.issue_company import DEFECTS, PEOPLE, TEAMS, found_company
from benchmarks.survey_site import Site, site
from feedback.access.service import create_token
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "routing.json"
QUEUE_LIMIT, NOTICE_LIMIT = 1.0, 10.0  # seconds


def main() -> None:
    """Run, print, write the evidence."""
    options = _options()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster(durable=True)) if options.database == "postgresql" else ""
        here = stack.enter_context(site(url))
        with here.app.app_context():
            found_company(options.issues)
            with transaction():
                _row, token = create_token("bench", ("read", "write"), actor="bench")
        queue, issues = _answer(here, token, options.answers)
        time.sleep(NOTICE_LIMIT + 2)
        notices = _notices(here.app, issues)
    result = {
        "database": options.database,
        "open_issues": options.issues,
        "people": TEAMS * PEOPLE,
        "rules": DEFECTS + 1,
        "answers": len(queue),
        "answer_to_queue_ms": _percentiles(queue),
        "answer_to_notice_ms": _percentiles(notices),
        "without_owner": options.answers - len(issues),
        "without_notice": len(issues) - len(notices),
    }
    print(json.dumps(result, indent=2))
    if not options.dry:
        EVIDENCE.write_text(json.dumps(result, indent=2) + "\n")
    kept = max(queue) <= QUEUE_LIMIT and max(notices) <= NOTICE_LIMIT and len(notices) == options.answers
    print("as promised" if kept else "NOT as promised")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--issues", type=int, default=50_000, help="that are open before")
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--dry", action="store_true", help="print only, leave the evidence as it is")
    return parser.parse_args()


def _answer(here: Site, token: str, count: int) -> tuple[list[float], dict[int, float]]:
    """Seconds from each answer to its owner's list, and (issue, when it was answered)."""
    connection = http.client.HTTPConnection("127.0.0.1", here.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(method: str, path: str, body: Any = None) -> Any:
        connection.request(method, "/api/v1" + path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        text = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {text!r}")
        return json.loads(text)

    seconds, issues = [], {}
    for n in range(count):
        said = {"account_external_id": f"A{n}", "contact_external_id": f"C{n}", "score": 2, "external_id": f"bench-{n}"}
        began, at = time.perf_counter(), clock.now().timestamp()
        issue_id = call("POST", "/responses", said | {"defects": [f"d{n % DEFECTS}"]})["issue_id"]
        issue = call("GET", f"/issues/{issue_id}")
        if issue["owner"] is None:
            continue
        listed = call("GET", f"/issues?owner={issue['owner']['id']}&account_id={issue['account_id']}&limit=200")["items"]
        if any(one["id"] == issue_id for one in listed):
            seconds.append(time.perf_counter() - began)
            issues[issue_id] = at
    return seconds, issues


def _notices(app: Flask, issues: dict[int, float]) -> list[float]:
    """Seconds from each answer until its notice was handed over: it stands under the bell, and leaves by mail and chat as its
    reader wants (at once in working hours and where it is urgent). At which hour of the day this runs makes no difference.
    """
    with app.app_context():
        found = sa.select(OutboxMessage.payload, OutboxMessage.delivered_at).where(
            OutboxMessage.kind == "notify_user", OutboxMessage.delivered_at.is_not(None)
        )
        delivered = {int(payload["link"].rpartition("/")[2]): at.timestamp() for payload, at in db.session.execute(found) if at}
    return [delivered[issue] - at for issue, at in issues.items() if issue in delivered]


def _percentiles(seconds: list[float]) -> dict[str, int]:
    ordered = sorted(seconds) or [float("nan")]
    places = {"median": 0.5, "p95": 0.95, "p99": 0.99}
    known = {name: round(1000 * ordered[min(int(len(ordered) * place), len(ordered) - 1)]) for name, place in places.items()}
    return known | {"max": round(1000 * ordered[-1])}


if __name__ == "__main__":
    main()
