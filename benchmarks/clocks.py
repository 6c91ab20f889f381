"""Clocks of many open issues computed anew, as after a change of a business calendar; beside it, each of their logs folded again.

    python -m benchmarks.clocks [--issues 100000] [--database sqlite|postgresql]

Every second issue is counted in working hours, with public holidays; each has waited for its customer once; a graver voice
joined every fiftieth, so that only its log can tell which clock holds. The calendar moves to another time zone, and the dates
that no calendar changes are spoiled: the job has to compute and to write all of them. Both ways must find the same dates.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade

from config import Settings
from feedback.accounts.models import Account
from feedback.accounts.rules import ValueTier
from feedback.app import create_app
from feedback.calendars.models import BusinessCalendar
from feedback.closed_loop.defaults import install_defaults
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.queries.listing import open_issue_ids
from feedback.issues.rules import Clock, IssueSource, IssueState, Severity
from feedback.issues.rules.clockwork import Level
from feedback.uow import transaction
from jobs import recount_issue_clocks
from tests.conftest import SECRET
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PART = 5_000
DUE = ("first_contact_due_at", "next_update_due_at", "resolution_due_at", "next_due_at", "next_alarm_at")
LIMIT = 10.0  # seconds for 100,000


def main() -> None:
    """Run, print, write the evidence."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = options.database == "postgresql"
        url = stack.enter_context(postgresql_cluster(durable=True)) if server else f"sqlite:///{folder / 'closedloop.db'}"
        app = create_app(Settings(DATABASE_URL=url, data_dir=folder, secret_key=SECRET))
        with app.app_context():
            upgrade()
            install_defaults()
            events = _fill(options.issues)
            recount_issue_clocks.run()  # what ended was written down when it did
            _change("Atlantic/Canary")
            ours = _Stopwatch(recount_issue_clocks.run)
            found = _dates()
            _change("Atlantic/Canary")
            logs = _Stopwatch(lambda: recount_issue_clocks.follow_each(open_issue_ids()))
            different = sum(one != other for one, other in zip(found, _dates(), strict=True))
            db.session.remove()
            db.engine.dispose()
    result = {
        "issues": options.issues,
        "events": events,
        "seconds": round(ours.seconds, 2),
        "processor_seconds": round(ours.worked, 2),
        "job": ours.answer,
        "each_log_folded_seconds": round(logs.seconds, 2),
        "each_log_folded_processor_seconds": round(logs.worked, 2),
        "different_dates": different,
        "limit_seconds": LIMIT,
        "database": options.database,
    }
    print(json.dumps(result, indent=2))
    if not options.dry:
        name = "clocks.json" if options.database == "sqlite" else f"clocks_{options.database}.json"
        (EVIDENCE / name).write_text(json.dumps(result, indent=2) + "\n")
    kept = ours.seconds * 100_000 / options.issues <= LIMIT and not different
    print("as promised" if kept else "NOT as promised")


class _Stopwatch:
    """What a piece of work answered and how long it took: on the wall, and of the processor in this process."""

    def __init__(self, work: Callable[[], Any]) -> None:
        began, worked = time.perf_counter(), time.process_time()
        self.answer = work()
        self.seconds, self.worked = time.perf_counter() - began, time.process_time() - worked


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--issues", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--dry", action="store_true", help="write no evidence")
    return parser.parse_args()


def _fill(count: int) -> int:
    dice, events = random.Random(7), 0
    with transaction() as session:
        account = {"external_id": "A", "name": "A", "created_at": START, "updated_at": START}
        account_id = session.execute(sa.insert(Account).values(**account)).inserted_primary_key[0]
        changed = {"country": "ES", "time_zone": "Europe/Madrid", "recounted_at": None}
        session.execute(sa.update(BusinessCalendar).values(**changed))
        calendar_id = session.scalar(sa.select(BusinessCalendar.id)) or 0
    for start in range(1, count + 1, PART):
        numbers = range(start, min(start + PART, count + 1))
        with transaction() as session:
            session.execute(sa.insert(Issue), [_issue(number, account_id) for number in numbers])
            log = [event for number in numbers for event in _log(number, calendar_id, dice)]
            session.execute(sa.insert(IssueEvent), log)
        events += len(log)
    return events


def _change(time_zone: str) -> None:
    """The calendar moves there, and no stored date is right any more."""
    with transaction() as session:
        session.execute(sa.update(Issue).values(**dict.fromkeys(DUE, START)))
        session.execute(sa.update(BusinessCalendar).values(time_zone=time_zone, recounted_at=None))


def _dates() -> list[Any]:
    db.session.rollback()
    columns = [getattr(Issue, name) for name in DUE]
    return [tuple(row) for row in db.session.execute(sa.select(Issue.id, *columns).order_by(Issue.id))]


def _issue(number: int, account_id: int) -> dict[str, Any]:
    return {
        "id": number,
        "number": number,
        "state": IssueState.IN_FIX,
        "severity": Severity.MAJOR,
        "source": IssueSource.STAFF,
        "defect_key": 0,
        "account_id": account_id,
        "value_tier": ValueTier.B,
        "opened_at": START,
        **dict.fromkeys(DUE, START),
    }


def _log(number: int, calendar_id: int, dice: random.Random) -> Iterator[dict[str, Any]]:
    working = number % 2 == 0
    hours = {Clock.FIRST_CONTACT: 36, Clock.NEXT_UPDATE: 72, Clock.RESOLUTION: 240}
    level = {"level": Level(hours, working, calendar_id if working else None).as_data()}
    story: list[tuple[str, dict[str, Any]]] = [
        ("opened", {"severity": "major", "score": 2, **level}),
        ("severity_raised", {"was": "minor", "now": "major", **level}) if number % 50 == 0 else ("routed", {"owner_id": 1}),
        ("moved", {"was": "routed", "to": "contacted", "note": "Called", **level}),
        ("moved", {"was": "contacted", "to": "diagnosed", "root_cause": "A form on paper"}),
        ("waiting_started", {"note": "Invoice", **level}),
        ("waiting_ended", {"by": "staff", "note": "It came"}),
        ("moved", {"was": "diagnosed", "to": "in_fix", **level}),
        ("progress", {"was": "in_fix", "to": "in_fix", "note": "Halfway", **level}),
    ]
    at = START + timedelta(minutes=dice.randint(0, 300_000))
    for kind, data in story:
        yield {"issue_id": number, "kind": kind, "actor": "system", "data": data, "occurred_at": at}
        at += timedelta(minutes=dice.randint(1, 3_000))


if __name__ == "__main__":
    main()
