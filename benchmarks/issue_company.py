"""A company with many teams, people, rules, absences and open issues, to be measured in."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from feedback.access.models import Team, User
from feedback.access.rules import Role
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus, ContactRole, ValueTier
from feedback.defects.rules import DefectCategory
from feedback.defects.service import create_defect
from feedback.issues.clockwork import Reckoning
from feedback.issues.models import Commitment, Issue, IssueEvent, RoutingRule
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.staffing.models import Absence, Skill, StaffProfile
from feedback.staffing.rules import span_of
from feedback.uow import transaction

TEAMS, PEOPLE, ACCOUNTS, DEFECTS = 20, 15, 2_000, 60
LANGUAGES = ("en", "es", "ru")
_Row: TypeAlias = tuple[dict[str, Any], list[dict[str, Any]]]


def found_company(open_issues: int) -> None:
    """Half of the people are full or away; every rule asks for a skill and the customer's language."""
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
        _open(session, _issues(open_issues, accounts, people, teams, chance))


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


def _issues(count: int, accounts: list[int], people: list[int], teams: list[int], chance: random.Random) -> Iterator[_Row]:
    """Issues of the last 40 hours, each with the log that its clocks come from. Some clocks have run out; of every third issue
    something is promised, to be kept before or after the clock."""
    reckoning, tier = Reckoning(), ValueTier.B
    for n in range(count):
        opened_at, place = clock.now() - timedelta(hours=chance.randint(1, 40)), chance.randrange(len(people))
        severity, team = chance.choices(list(Severity), (1, 3, 6))[0], teams[place % TEAMS]
        level = reckoning.level(IssueSource.STAFF, severity, tier, team)
        issue = {
            "number": n + 1,
            "state": IssueState.ROUTED,
            "severity": severity,
            "priority": chance.random() * 100,
            "source": IssueSource.STAFF,
            "defect_key": 0,
            "account_id": chance.choice(accounts),
            "owner_id": people[place],
            "team_id": team,
            "value_tier": tier,
            "opened_at": opened_at,
            "routed_at": opened_at,
            "next_owed_at": opened_at + timedelta(hours=chance.randint(1, 72)) if n % 3 == 0 else None,
            **reckoning.opened(severity, level, opened_at),
        }
        said = {"actor": "system", "occurred_at": opened_at}
        opened = {"kind": "opened", "data": {"severity": severity, "score": 2, "level": level.as_data()}, **said}
        yield issue, [opened, {"kind": "routed", "data": {"owner_id": people[place], "team_id": team}, **said}]


def _open(session: Any, rows: Iterator[_Row]) -> None:
    while part := list(itertools.islice(rows, 5_000)):
        ids = _insert(session, Issue, [issue for issue, _log in part])
        logs = zip(ids, (log for _issue, log in part), strict=True)
        session.execute(sa.insert(IssueEvent), [{"issue_id": id_, **event} for id_, log in logs for event in log])
        owed = ((id_, issue) for id_, (issue, _log) in zip(ids, part, strict=True) if issue["next_owed_at"])
        session.execute(sa.insert(Commitment), [_promise(id_, issue) for id_, issue in owed])


def _promise(issue_id: int, issue: dict[str, Any]) -> dict[str, Any]:
    due = {"due_at": issue["next_owed_at"], "created_at": issue["opened_at"], "made_by_id": issue["owner_id"]}
    return {"issue_id": issue_id, "text": "Call back with the result", **due}
