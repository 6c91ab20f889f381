"""From an answer to its owner's queue, and to the notice: in a company with many rules, people, absences and open issues.

    python -m benchmarks.routing [--issues 50000] [--answers 300] [--database sqlite|postgresql]

The server and its jobs run as users run them (`closedloop up`). Half of the people are full or away, every rule asks for a
skill and the customer's language and prefers whoever helped last; so routing has as much to think about as it ever has.
"""

import argparse
import http.client
import itertools
import json
import random
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from benchmarks.survey_site import Site, site
from feedback.access.models import Team, User
from feedback.access.rules import Role
from feedback.access.service import create_token
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.defects.rules import DefectCategory
from feedback.defects.service import create_defect
from feedback.extensions import db
from feedback.issues.models import Issue, RoutingRule
from feedback.issues.rules import DEFAULT_LEVELS, IssueSource, IssueState, Severity, start_clocks
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.staffing.models import Absence, Skill, StaffProfile
from feedback.staffing.rules import span_of
from feedback.uow import transaction
from tests.databases import postgresql_cluster

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "routing.json"
TEAMS, PEOPLE, ACCOUNTS, DEFECTS = 20, 15, 2_000, 60
QUEUE_LIMIT, NOTICE_LIMIT = 1.0, 10.0  # seconds
LANGUAGES = ("en", "es", "ru")


def main() -> None:
    """Run, print, write the evidence."""
    options = _options()
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster(durable=True)) if options.database == "postgresql" else ""
        here = stack.enter_context(site(url))
        with here.app.app_context():
            _found_company(options.issues)
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


def _found_company(open_issues: int) -> None:
    chance = random.Random(1)
    now = clock.now()
    with transaction() as session:
        teams = _insert(session, Team, [{"code": f"t{n}", "name": f"Team {n}", "names": {}} for n in range(TEAMS)])
        people = _insert(session, User, [_person(n, teams, now) for n in range(TEAMS * PEOPLE)])
        session.execute(sa.insert(Skill), [{"code": f"s{n}", "name": f"Skill {n}", "names": {}} for n in range(5)])
        share = open_issues // len(people)
        session.execute(sa.insert(StaffProfile), [_profile(person, share, chance) for person in people])
        session.execute(sa.insert(Absence), [_absence(one, other, now) for one, other in itertools.pairwise(people)][::4])
        accounts = _insert(session, Account, [_account(n, chance, now) for n in range(ACCOUNTS)])
        contacts = _insert(session, Contact, [_contact(n, now) for n in range(ACCOUNTS)])
        member = {"role": ContactRole.DECISION_MAKER, "role_guessed": False, "since": now}
        members = [{"account_id": account, "contact_id": one, **member} for account, one in zip(accounts, contacts, strict=True)]
        session.execute(sa.insert(AccountContact), members)
        defects = [create_defect(f"d{n}", category=DefectCategory.SERVICE, actor="bench").id for n in range(DEFECTS)]
        session.execute(sa.insert(RoutingRule), _rules(defects, teams))
        session.execute(sa.insert(Issue), [_issue(n, accounts, people, teams, chance) for n in range(open_issues)])


def _insert(session: Any, model: Any, rows: list[dict[str, Any]]) -> list[int]:
    return list(session.scalars(sa.insert(model).returning(model.id, sort_by_parameter_order=True), rows))


def _person(n: int, teams: list[int], now: Any) -> dict[str, Any]:
    known = {"locale": "en", "time_zone": "UTC", "theme": "system", "active": True, "created_at": now}
    lead = n < TEAMS
    return {
        "email": f"p{n}@example.com",
        "name": f"P{n}",
        "role": Role.FRONTLINE,
        "team_id": teams[n % TEAMS],
        "leads_team": lead,
    } | known


def _profile(person: int, share: int, chance: random.Random) -> dict[str, Any]:
    skills, spoken = chance.sample(range(5), 3), chance.sample(LANGUAGES, 2)
    capacity = chance.choice((max(share // 2, 1), share * 2 + 50, None))  # full, with room, without limit
    return {"user_id": person, "skills": [f"s{n}" for n in skills], "languages": spoken, "capacity": capacity}


def _absence(person: int, deputy: int, now: Any) -> dict[str, Any]:
    first, last = now.date() - timedelta(days=1), now.date() + timedelta(days=5)
    starts_at, ends_at = span_of(first, last, "UTC")
    days = {"first_day": first, "last_day": last, "starts_at": starts_at, "ends_at": ends_at}
    return {"user_id": person, "deputy_id": deputy, "entered_by": "bench", "created_at": now, "announced_at": now, **days}


def _account(n: int, chance: random.Random, now: Any) -> dict[str, Any]:
    known = {"status": AccountStatus.ACTIVE, "created_at": now, "updated_at": now, "language": chance.choice(LANGUAGES)}
    return {"external_id": f"A{n}", "name": f"Account {n}", "value_tier": chance.choice(list(ValueTier)), **known}


def _contact(n: int, now: Any) -> dict[str, Any]:
    return {"external_id": f"C{n}", "name": f"Contact {n}", "created_at": now, "updated_at": now}


def _rules(defects: list[int], teams: list[int]) -> list[dict[str, Any]]:
    asked = {"languages": [], "customer_language": True, "prefer_helper": True, "goes_on_when_full": True}
    rows = [
        {"position": n, "defect_id": defect, "team_id": teams[n % TEAMS], "skills": [f"s{n % 5}"], **asked}
        for n, defect in enumerate(defects)
    ]
    asked = {"skills": [], "languages": [], "customer_language": False, "prefer_helper": False, "goes_on_when_full": False}
    return [*rows, {"position": len(rows), "defect_id": None, "team_id": teams[-1], **asked}]


def _issue(n: int, accounts: list[int], people: list[int], teams: list[int], chance: random.Random) -> dict[str, Any]:
    opened_at, tier = clock.now() - timedelta(hours=chance.randint(1, 40)), ValueTier.B
    due, place = start_clocks(DEFAULT_LEVELS[Severity.MINOR, tier], opened_at), chance.randrange(len(people))
    return {
        "number": n + 1,
        "state": IssueState.ROUTED,
        "severity": Severity.MINOR,
        "source": IssueSource.STAFF,
        "defect_key": 0,
        "account_id": chance.choice(accounts),
        "owner_id": people[place],
        "team_id": teams[place % TEAMS],
        "value_tier": tier,
        "opened_at": opened_at,
        "routed_at": opened_at,
        "first_contact_due_at": due.first_contact,
        "next_update_due_at": due.next_update,
        "resolution_due_at": due.resolution,
        "next_due_at": due.first_contact,
    }


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
    """Seconds from each answer until its notice was handed over."""
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
