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
from feedback.issues.queries.staffing import find_frontline, find_staff, list_route_rules, with_people
from feedback.issues.rules import EVERYBODY, RouteFacts, Router, RouteRule, Staff
from feedback.issues.rules.simulation import NOTHING_KNOWN, Begun, Case, Cause, Fate, Given, cause_of, simulate
from feedback.kernel.bulk import among
from feedback.kernel.errors import InvalidInput
from feedback.staffing.models import Absence
from feedback.staffing.rules import Away

MOST_CASES = 20_000
LISTED = 100


@dataclass(frozen=True)
class PersonLoad:
    """How many of the issues somebody really got, gets by the rules in force and by the draft, and the most open at once."""

    user_id: int
    name: str
    did: int
    today: int
    would: int
    peak: int
    capacity: int | None


@dataclass(frozen=True)
class Change:
    """An issue that the draft gives to somebody else than the rules in force; None for one that would still wait."""

    issue_id: int
    number: int
    account: str
    opened_at: datetime
    did: str | None
    today: str | None
    would: str | None
    position: int | None
    waited_minutes: int | None


@dataclass(frozen=True)
class Simulation:
    """What the rules would have done, beside what the rules in force would have done with the same replayed work.

    What really happened differs from both, because people choose owners by hand, are away, and had other things open: `differs`
    says how often, and why.
    """

    n: int
    same: int
    elsewhere: int
    differs: Mapping[Cause, int]
    waited: int
    unowned: int
    per_rule: Sequence[int]
    people: Sequence[PersonLoad]
    changes: Sequence[Change]
    more_changes: int  # not listed: too many, or at customers that the viewer may not see


def simulate_rules(rules: Sequence[RouteRule], since: datetime, until: datetime, *, viewer: Viewer) -> Simulation:
    """Who would have got the issues that opened in a period, by these rules and by those in force.

    Skills, languages, room, teams and what is known of the customers are those of today; absences, who helped a customer
    last and who has an open issue of theirs are those of each moment. Each issue takes as long as it took.

    Raises:
        InvalidInput: the period holds no time or too many issues.
    """
    if until <= since:
        raise InvalidInput({"to": [_("The period ends before it begins.")]})
    rows = _opened(since, until)
    if len(rows) > MOST_CASES:
        told = _("More than %(most)s issues opened in this period; choose a shorter one.", most=MOST_CASES)
        raise InvalidInput({"from": [told]})
    replay = _Replay(rows, since, until)
    today = replay.of(list_route_rules())
    return _summary(rows, today if rules == today.rules else replay.of(rules), today, viewer)


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
    query = sa.select(Issue.owner_id, Issue.closed_at, Issue.account_id, Issue.contact_id).where(
        Issue.opened_at < since, still, Issue.owner_id.is_not(None), Issue.queued_at.is_(None)
    )
    return [
        Begun(row.owner_id, row.closed_at, replace(NOTHING_KNOWN, account_id=row.account_id, contact_id=row.contact_id))
        for row in db.session.execute(query.order_by(Issue.id))
    ]


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


@dataclass(frozen=True)
class _Run:
    """What came of replaying a list of rules."""

    rules: Sequence[RouteRule]
    staff: Staff
    fates: Sequence[Fate]
    peak: Mapping[int, int]

    def owners(self) -> dict[int, int | None]:
        return {fate.issue_id: fate.owner_id for fate in self.fates}

    def loads(self) -> Counter[int]:
        return Counter(fate.owner_id for fate in self.fates if fate.owner_id is not None)


class _Replay:
    """The work of a period, to be given out by different rules."""

    def __init__(self, rows: Sequence[Any], since: datetime, until: datetime) -> None:
        self._rows, self._since, self._until = rows, since, until
        self._facts = route_facts([row.id for row in rows], helpers=False)
        self._begun = _begun(since)

    def of(self, rules: Sequence[RouteRule]) -> _Run:
        """By these rules; without any the whole frontline gets the issues, as it does in life."""
        helpers = _Helpers.of({row.account_id for row in self._rows}) if any(rule.prefer_helper for rule in rules) else None
        cases = [Case(row.id, self._known(row, helpers), row.opened_at, row.closed_at) for row in self._rows]
        staff = find_staff(rules, self._until) if rules else find_frontline(self._until)
        routers = _routers(rules or [EVERYBODY], staff, self._since, self._until)
        return _Run(rules, staff, *simulate(cases, self._begun, routers, self._until))

    def _known(self, row: Any, helpers: "_Helpers | None") -> RouteFacts:
        facts = self._facts[row.id]
        return facts if helpers is None else replace(facts, helper_id=helpers.before(row.account_id, row.opened_at))


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


def _summary(rows: Sequence[Any], draft: _Run, today: _Run, viewer: Viewer) -> Simulation:
    given, usual = _given(rows), today.owners()
    opened = {row.id: row.opened_at for row in rows}
    changed = [fate for fate in draft.fates if fate.owner_id != usual[fate.issue_id]]
    did, would, usually = Counter(one.owner_id for one in given.values()), draft.loads(), today.loads()
    people = {*would, *usually, *(who for who in did if who is not None), *draft.staff.ids}
    names = {row.id: row.name for row in db.session.execute(sa.select(User.id, User.name).where(User.id.in_(people)))}
    loads = [
        PersonLoad(who, names[who], did[who], usually[who], would[who], draft.peak.get(who, 0), draft.staff.of(who).capacity)
        for who in people
    ]
    changes = _changes(changed, given, usual, names, viewer)
    hits = Counter(fate.position for fate in draft.fates)
    return Simulation(
        n=len(rows),
        same=len(rows) - len(changed),
        elsewhere=sum(fate.owner_id is not None for fate in changed),
        differs=_differences(rows, given, usual),
        waited=sum(fate.at != opened[fate.issue_id] for fate in draft.fates if fate.at is not None),
        unowned=sum(fate.owner_id is None for fate in draft.fates),
        per_rule=[hits[place + 1] for place in range(len(draft.rules))],
        people=sorted(loads, key=lambda load: (-load.would, -load.today, load.name)),
        changes=changes,
        more_changes=len(changed) - len(changes),
    )


def _given(rows: Sequence[Any]) -> dict[int, Given]:
    """How each issue came to its first owner; what was handed over later is another matter."""
    ids = [row.id for row in rows]
    query = sa.select(IssueEvent.issue_id, IssueEvent.kind, IssueEvent.data).where(
        among(IssueEvent.issue_id, ids), IssueEvent.kind.in_(("routed", "assigned"))
    )
    first: dict[int, Given] = {}
    for event in db.session.execute(query.order_by(IssueEvent.id)):
        considered = tuple(event.data.get("considered") or ())
        first.setdefault(event.issue_id, Given(event.data.get("owner_id"), event.kind == "assigned", considered))
    return {row.id: first.get(row.id, Given(row.owner_id)) for row in rows}


def _differences(rows: Sequence[Any], given: Mapping[int, Given], usual: Mapping[int, int | None]) -> dict[Cause, int]:
    """How often the rules in force, replayed, give an issue to somebody else than who really got it, by cause."""
    other = [row for row in rows if given[row.id].owner_id != usual[row.id]]
    absences = db.session.scalars(sa.select(Absence)).all() if other else ()

    def was_away(row: Any) -> bool:
        mine = (each for each in absences if each.user_id == given[row.id].owner_id)
        return any(each.starts_at <= row.opened_at < each.ends_at for each in mine)

    found = Counter(cause_of(given[row.id], usual[row.id], owner_was_away=was_away(row)) for row in other)
    return {cause: found[cause] for cause in Cause}


def _changes(
    changed: Sequence[Fate], given: Mapping[int, Given], usual: Mapping[int, int | None], names: Mapping[int, str], viewer: Viewer
) -> list[Change]:
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
            names.get(given[row.id].owner_id or 0),
            names.get(usual[row.id] or 0),
            names.get(fate.owner_id or 0),
            fate.position,
            None if fate.at is None else int((fate.at - row.opened_at).total_seconds() // 60),
        )
        for row in db.session.execute(query)
        for fate in [by_id[row.id]]
    ]
