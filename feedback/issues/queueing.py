"""Issues that nobody works on: those that wait in a team's queue for room, and those whose owner is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.access.models import User
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import FROM_ANSWERS, IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.opening import routed_columns
from feedback.issues.queries import staffing
from feedback.issues.queries.route_facts import route_facts
from feedback.issues.rules import EVERYBODY, Holding, IssueState, Route, RouteFacts, Router, count_in, told
from feedback.kernel import clock
from feedback.staffing.events import RoomChanged

AT_ONCE = 10  # issues per team that are looked at when somebody got room; the job looks at all


def issues_without_owner() -> Sequence[int]:
    """Issues that nobody answers for: never routed, or with an owner who has left, whoever chose them."""
    query = (
        sa.select(Issue.id)
        .outerjoin(User, User.id == Issue.owner_id)
        .where(Issue.queue_due_at.is_not(None), sa.or_(Issue.owner_id.is_(None), User.active.is_(False)))
        .order_by(Issue.queue_due_at, Issue.id)
    )
    return db.session.scalars(query).all()


def is_anything_waiting() -> bool:
    """Whether some issue waits in a queue."""
    return db.session.scalar(sa.select(Issue.id).where(Issue.queued_at.is_not(None)).limit(1)) is not None


def route_issue(issue_id: int) -> bool:
    """Look for an owner again; answers whether somebody works on it or answers for it now who did not before.

    An issue that nobody answers for and that waited too long goes to the least loaded person of the whole frontline, and the
    administrators hear that their rules have a gap.
    """
    issue = _lock(issue_id)
    if issue is None or (issue.queued_at is None and _has_owner_here(issue)):
        return False
    account = db.session.get_one(Account, issue.account_id)
    facts = route_facts([issue_id])[issue_id]
    route = _Moment.now([facts]).find(facts)
    if (route is None or route.owner_id is None) and clock.now() - issue.opened_at > _patience():
        route = _anybody(facts)
        params = {"number": issue.number, "account": account.name}
        cause = f"issue-unrouted:{issue.id}"
        news.send(news.to_each(staffing.admin_ids(), cause, "issue_unrouted", issue.id, **params))
    if route is None:
        return False
    return _let_wait(issue, account.name, route) if route.waiting else _give(issue, account.name, route)


def give_out_waiting(per_team: int | None = None) -> int:
    """Give issues that wait to whoever has room now, the most urgent first; answers how many.

    Args:
        per_team: look at no more than so many of each team.
    """
    if not is_anything_waiting():
        return 0
    ids = _most_urgent(per_team)
    facts, given = route_facts(ids), 0
    moment = _Moment.now(facts.values())
    for issue_id in ids:
        route = moment.find(facts[issue_id])
        if route is None or route.waiting:
            continue
        issue = _lock(issue_id, skip=True)
        if issue is not None and issue.queued_at is not None:
            given += _give(issue, db.session.get_one(Account, issue.account_id).name, route)
            moment.count(route, facts[issue_id])
    return given


def after_issues(changed: IssuesChanged) -> None:
    """Somebody who closed an issue has room for another one."""
    if changed.reason != FROM_ANSWERS:
        give_out_waiting(AT_ONCE)


def after_room(_changed: RoomChanged) -> None:
    """Somebody is back, or may have more."""
    give_out_waiting(AT_ONCE)


@dataclass
class _Moment:
    """Rules, people, their load and their customers, read once."""

    router: Router
    load: dict[int, int]
    holding: Holding

    @classmethod
    def now(cls, facts: Iterable[RouteFacts]) -> "_Moment":
        rules, now = staffing.list_route_rules(), clock.now()
        staff = staffing.find_staff(rules, now) if rules else staffing.find_frontline(now)
        holding = staffing.find_holding({each.account_id for each in facts if each.account_id is not None})
        return cls(Router(rules or [EVERYBODY], staff), staffing.count_open_issues(staff.ids), holding)

    def find(self, facts: RouteFacts) -> Route | None:
        return self.router.find(self.holding.known(facts), self.load)

    def count(self, route: Route, facts: RouteFacts) -> None:
        count_in(route, self.load, facts, self.holding)


def _most_urgent(per_team: int | None) -> list[int]:
    place = sa.func.row_number().over(partition_by=Issue.team_id, order_by=(Issue.queue_due_at, Issue.id)).label("place")
    waiting = sa.select(Issue.id, Issue.queue_due_at, place).where(Issue.queued_at.is_not(None)).subquery()
    query = sa.select(waiting.c.id).order_by(waiting.c.queue_due_at, waiting.c.id)
    return list(db.session.scalars(query if per_team is None else query.where(waiting.c.place <= per_team)))


def _has_owner_here(issue: Issue) -> bool:
    if issue.owner_id is None:
        return False
    return bool(db.session.scalar(sa.select(User.active).where(User.id == issue.owner_id)))


def _patience() -> timedelta:
    return timedelta(minutes=current_app.extensions["closedloop_settings"].unrouted_alert_minutes)


def _anybody(facts: RouteFacts) -> Route | None:
    """The least loaded of the whole frontline, however much they have: better somebody than nobody."""
    staff = staffing.find_frontline()
    return Router([EVERYBODY], staff, forecast=True).find(facts, staffing.count_open_issues(staff.ids))


def _let_wait(issue: Issue, account: str, route: Route) -> bool:
    """Into the queue, for which the lead answers; answers whether that is news."""
    if issue.queued_at is not None and (issue.owner_id, issue.team_id) == (route.owner_id, route.team_id):
        return False
    since = issue.queued_at or clock.now()
    _write(issue, owner_id=route.owner_id, team_id=route.team_id, queued_at=since, assigned_manually=False)
    note(issue.id, "queued", None, **told(route))
    news.send(news.issue_waits(issue.id, route, number=issue.number, account=account))
    return route.owner_id is not None


def _give(issue: Issue, account: str, route: Route) -> bool:
    now = clock.now()
    columns: dict[str, Any] = routed_columns(route, now)
    if issue.state is not IssueState.NEW:  # its owner left: the work goes on where it is
        columns = {"owner_id": route.owner_id, "team_id": route.team_id, "queued_at": None}
    # a choice by hand ends with the person who was chosen
    _write(issue, **columns, assigned_manually=False)
    note(issue.id, "routed", None, **told(route), **_waited(issue.queued_at, now))
    params = {"number": issue.number, "account": account}
    cause = f"issue-routed:{issue.id}:{now.isoformat()}"
    messages = news.to_each([route.owner_id], cause, "issue_assigned", issue.id, **params)
    news.send(messages + news.issue_caught(issue.id, route, issue.source, **params))
    return True


def _waited(since: datetime | None, now: datetime) -> dict[str, Any]:
    return {} if since is None else {"waited_minutes": int((now - since).total_seconds() // 60)}


def _write(issue: Issue, **columns: Any) -> None:
    db.session.execute(sa.update(Issue).where(Issue.id == issue.id).values(**columns))


def _lock(issue_id: int, *, skip: bool = False) -> Issue | None:
    query = sa.select(Issue).where(Issue.id == issue_id, Issue.closed_at.is_(None)).with_for_update(skip_locked=skip)
    return db.session.scalars(query.execution_options(populate_existing=True)).first()
