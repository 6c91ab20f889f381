"""Trying routing rules out on the issues of a past period. Nothing is stored."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.queries import issue_scope
from feedback.issues.queries.route_facts import route_facts
from feedback.issues.queries.staffing import find_staff, with_people
from feedback.issues.rules import Router, RouteRule, Staff
from feedback.issues.rules.simulation import Begun, Case, Fate, simulate
from feedback.kernel.bulk import among
from feedback.kernel.errors import InvalidInput
from feedback.staffing.models import Absence
from feedback.staffing.rules import Away

MOST_CASES = 20_000
LISTED = 100


@dataclass(frozen=True)
class PersonLoad:
    """How many of the issues somebody got and would have got, and the most they would have had open at once."""

    user_id: int
    name: str
    did: int
    would: int
    peak: int
    capacity: int | None


@dataclass(frozen=True)
class Change:
    """An issue that would have gone elsewhere. `would` is None for one that would still wait."""

    issue_id: int
    number: int
    account: str
    opened_at: datetime
    did: str | None
    would: str | None
    position: int | None
    waited_minutes: int | None


@dataclass(frozen=True)
class Simulation:
    """What the rules would have done, beside what was done."""

    n: int
    same: int
    elsewhere: int
    waited: int
    unowned: int
    per_rule: Sequence[int]
    people: Sequence[PersonLoad]
    changes: Sequence[Change]
    more_changes: int  # not listed: too many, or at customers that the viewer may not see


def simulate_rules(rules: Sequence[RouteRule], since: datetime, until: datetime, *, viewer: Viewer) -> Simulation:
    """Who would have got the issues that opened in a period, by these rules.

    Skills, languages, room, teams and what is known of the customers are those of today; absences and who helped a customer
    last are those of each moment. Each issue takes as long as it took.

    Raises:
        InvalidInput: the period holds no time or too many issues.
    """
    if until <= since:
        raise InvalidInput({"to": [_("The period ends before it begins.")]})
    rows = _opened(since, until)
    if len(rows) > MOST_CASES:
        told = _("More than %(most)s issues opened in this period; choose a shorter one.", most=MOST_CASES)
        raise InvalidInput({"from": [told]})
    facts = route_facts([row.id for row in rows], helpers=False)
    helpers = _Helpers.of({row.account_id for row in rows}) if any(rule.prefer_helper for rule in rules) else None
    cases = [
        Case(
            row.id,
            facts[row.id] if helpers is None else replace(facts[row.id], helper_id=helpers.before(row.account_id, row.opened_at)),
            row.opened_at,
            row.closed_at,
        )
        for row in rows
    ]
    staff = find_staff(rules, until)
    fates, peak = simulate(cases, _begun(since), _routers(rules, staff, since, until), until)
    return _summary(rules, rows, fates, peak, staff, viewer)


def _opened(since: datetime, until: datetime) -> Sequence[Any]:
    query = (
        sa.select(Issue.id, Issue.number, Issue.account_id, Issue.opened_at, Issue.closed_at, Issue.owner_id)
        .where(Issue.opened_at >= since, Issue.opened_at < until)
        .order_by(Issue.opened_at, Issue.id)
        .limit(MOST_CASES + 1)
    )
    return db.session.execute(query).all()


def _begun(since: datetime) -> list[Begun]:
    still = sa.or_(Issue.closed_at.is_(None), Issue.closed_at > since)
    query = sa.select(Issue.owner_id, Issue.closed_at).where(
        Issue.opened_at < since, still, Issue.owner_id.is_not(None), Issue.queued_at.is_(None)
    )
    return [Begun(row.owner_id, row.closed_at) for row in db.session.execute(query)]


@dataclass(frozen=True)
class _Helpers:
    """Who helped each customer, and when that was confirmed, in order."""

    solved: Mapping[int, Sequence[tuple[datetime, int]]]

    @classmethod
    def of(cls, account_ids: set[int]) -> "_Helpers":
        query = (
            sa.select(Issue.account_id, Issue.verified_at, Issue.owner_id)
            .where(among(Issue.account_id, sorted(account_ids)), Issue.verified_at.is_not(None), Issue.owner_id.is_not(None))
            .order_by(Issue.verified_at, Issue.id)
        )
        solved: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        for row in db.session.execute(query):
            solved[row.account_id].append((row.verified_at, row.owner_id))
        return cls(solved)

    def before(self, account_id: int, at: datetime) -> int | None:
        return next((owner for then, owner in reversed(self.solved.get(account_id, ())) if then < at), None)


def _routers(rules: Sequence[RouteRule], staff: Staff, since: datetime, until: datetime) -> Callable[[datetime], Router]:
    """Routers that know who was away at a moment; one per set of people who were."""
    absences = db.session.scalars(sa.select(Absence).where(Absence.starts_at < until, Absence.ends_at > since)).all()
    staff = with_people(staff, {each.deputy_id for each in absences if each.deputy_id is not None}, until)
    known: dict[frozenset[int], Router] = {}

    def at(moment: datetime) -> Router:
        here = [each for each in absences if each.starts_at <= moment < each.ends_at]
        key = frozenset(each.id for each in here)
        if key not in known:
            away = {each.user_id: Away(each.ends_at, each.deputy_id) for each in here}
            working = {person: replace(staff.of(person), away=away.get(person)) for person in staff.ids}
            known[key] = Router(rules, replace(staff, working=working))
        return known[key]

    return at


def _summary(
    rules: Sequence[RouteRule], rows: Sequence[Any], fates: Sequence[Fate], peak: Mapping[int, int], staff: Staff, viewer: Viewer
) -> Simulation:
    did = _first_owners(rows)
    would = Counter(fate.owner_id for fate in fates if fate.owner_id is not None)
    had = Counter(owner for owner in did.values() if owner is not None)
    opened = {row.id: row.opened_at for row in rows}
    changed = [fate for fate in fates if fate.owner_id != did[fate.issue_id]]
    people = {*would, *had, *staff.ids}
    names = {row.id: row.name for row in db.session.execute(sa.select(User.id, User.name).where(User.id.in_(people)))}
    loads = [PersonLoad(who, names[who], had[who], would[who], peak.get(who, 0), staff.of(who).capacity) for who in people]
    changes = _changes(changed, did, names, viewer)
    hits = Counter(fate.position for fate in fates)
    return Simulation(
        n=len(fates),
        same=len(fates) - len(changed),
        elsewhere=sum(fate.owner_id is not None for fate in changed),
        waited=sum(fate.at != opened[fate.issue_id] for fate in fates if fate.at is not None),
        unowned=sum(fate.owner_id is None for fate in fates),
        per_rule=[hits[place + 1] for place in range(len(rules))],
        people=sorted(loads, key=lambda load: (-load.would, -load.did, load.name)),
        changes=changes,
        more_changes=len(changed) - len(changes),
    )


def _first_owners(rows: Sequence[Any]) -> dict[int, int | None]:
    """Who got each issue when it opened; what was handed over later is another matter."""
    ids = [row.id for row in rows]
    query = sa.select(IssueEvent.issue_id, IssueEvent.data).where(
        among(IssueEvent.issue_id, ids), IssueEvent.kind.in_(("routed", "assigned"))
    )
    first: dict[int, int | None] = {}
    for event in db.session.execute(query.order_by(IssueEvent.id)):
        first.setdefault(event.issue_id, event.data.get("owner_id"))
    return {row.id: first.get(row.id, row.owner_id) for row in rows}


def _changes(changed: Sequence[Fate], did: Mapping[int, int | None], names: Mapping[int, str], viewer: Viewer) -> list[Change]:
    """The newest ones at customers that the viewer may see."""
    by_id = {fate.issue_id: fate for fate in changed}
    query = (
        sa.select(Issue.id, Issue.number, Issue.opened_at, Account.name)
        .join(Account, Account.id == Issue.account_id)
        .where(among(Issue.id, list(by_id)), issue_scope(viewer))
        .order_by(Issue.opened_at.desc(), Issue.id.desc())
        .limit(LISTED)
    )
    return [
        Change(
            row.id,
            row.number,
            row.name,
            row.opened_at,
            names.get(did[row.id] or 0),
            names.get(fate.owner_id or 0),
            fate.position,
            None if fate.at is None else int((fate.at - row.opened_at).total_seconds() // 60),
        )
        for row in db.session.execute(query)
        for fate in [by_id[row.id]]
    ]
