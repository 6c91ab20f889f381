"""What routing and the clocks need to know, each in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.accounts.rules import ValueTier
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice, RoutingRule, ServiceLevel
from feedback.issues.rules import DEFAULT_LEVELS, Holding, LevelHours, RouteRule, Severity, Staff
from feedback.kernel import clock
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.staffing import queries as people
from feedback.staffing.rules import spoken

# Every group of detractor answers reads these.
_rule, _level = RoutingRule.__table__.c, ServiceLevel.__table__.c
_issue, _voice = Issue.__table__.c, IssueVoice.__table__.c
_ROUTE_RULES = Prepared(
    sa.select(
        _rule.category,
        _rule.defect_id,
        _rule.segment,
        _rule.region,
        _rule.language,
        _rule.value_tier,
        _rule.team_id,
        _rule.user_id,
        _rule.skills,
        _rule.languages,
        _rule.customer_language,
        _rule.prefer_helper,
        _rule.goes_on_when_full,
    ).order_by(_rule.position)
)
_LEVELS = Prepared(
    sa.select(
        _level.severity,
        _level.value_tier,
        _level.first_contact_hours,
        _level.next_update_hours,
        _level.resolution_hours,
        _level.working,
    )
)
_OPEN_ISSUES = Prepared(
    sa.select(_issue.owner_id, sa.func.count().label("issues"))
    .where(in_list(_issue.owner_id, "people"), _issue.queue_due_at.is_not(None))  # open, by the index of the queue
    .group_by(_issue.owner_id)
)
_WAITING_ISSUES = Prepared(
    sa.select(_issue.owner_id, sa.func.count().label("issues"))
    .where(in_list(_issue.owner_id, "people"), _issue.queued_at.is_not(None))
    .group_by(_issue.owner_id)
)
_HOLDERS = Prepared(
    sa.select(_issue.account_id, sa.func.coalesce(_voice.contact_id, _issue.contact_id).label("contact_id"), _issue.owner_id)
    .select_from(sa.outerjoin(Issue.__table__, IssueVoice.__table__, _voice.issue_id == _issue.id))
    .where(
        in_list(_issue.account_id, "accounts"),
        _issue.closed_at.is_(None),
        _issue.owner_id.is_not(None),
        _issue.queued_at.is_(None),
    )
    .order_by(_issue.id, _voice.id)
)
_HELPERS = Prepared(
    sa.select(_issue.account_id, _issue.owner_id)
    .where(in_list(_issue.account_id, "accounts"), _issue.verified_at.is_not(None), _issue.owner_id.is_not(None))
    .order_by(_issue.verified_at, _issue.id)
)


def _read(statement: Prepared, **parameters: Any) -> list[Any]:
    db.session.flush()
    return statement.rows(db.session.connection(), parameters)


def list_route_rules() -> list[RouteRule]:
    """The routing rules in their order."""
    return [
        RouteRule(
            category=row.category,
            defect_id=row.defect_id,
            segment=row.segment,
            region=row.region,
            language=row.language,
            value_tier=row.value_tier,
            team_id=row.team_id,
            user_id=row.user_id,
            skills=frozenset(row.skills),
            languages=spoken(row.languages),
            customer_language=bool(row.customer_language),
            prefer_helper=bool(row.prefer_helper),
            goes_on_when_full=bool(row.goes_on_when_full),
        )
        for row in _read(_ROUTE_RULES)
    ]


def find_staff(rules: Sequence[RouteRule], now: datetime | None = None) -> Staff:
    """The active people that the rules can lead to, and who stands in for them. A team's members are its frontline."""
    teams = {rule.team_id for rule in rules if rule.team_id is not None}
    named = {rule.user_id for rule in rules if rule.user_id is not None}
    return _staff(people.find_people(teams, named, now or clock.now()), now or clock.now())


def find_frontline(now: datetime | None = None) -> Staff:
    """Everybody active on the frontline, whatever the rules say."""
    return _staff(people.find_frontline(now or clock.now()), now or clock.now())


def with_people(staff: Staff, user_ids: Collection[int], now: datetime) -> Staff:
    """The same, and some more people who may stand in."""
    more = [row for row in people.find_people((), user_ids, now) if row.id not in staff.team_of]
    working = {row.id: people.working_of(row) for row in more}
    deputies = {**staff.deputies, **{row.id: row.team_id for row in more}}
    return replace(staff, working={**working, **staff.working}, deputies=deputies)


def _staff(found: Sequence[Any], now: datetime) -> Staff:
    """People by id, with those from elsewhere who stand in for them, and who stands in for these, if they are away too."""
    working = {row.id: people.working_of(row) for row in found}
    lead_of = {row.team_id: row.id for row in found if row.leads_team and row.team_id is not None}
    staff = Staff({row.id: row.team_id for row in found}, working, lead_of)
    asked: set[int] = set()
    while missing := _deputies(staff) - set(staff.ids) - asked:  # who has left is asked for once
        staff, asked = with_people(staff, missing, now), asked | missing
    return staff


def _deputies(staff: Staff) -> set[int]:
    aways = [working.away for working in staff.working.values()]
    return {away.deputy_id for away in aways if away is not None and away.deputy_id is not None}


def count_open_issues(user_ids: Collection[int]) -> dict[int, int]:
    """Open issues that each of these people works on; what waits for somebody else in a queue is not counted."""
    if not user_ids:
        return {}
    load = dict(_read(_OPEN_ISSUES, people=sorted(user_ids)))
    for user_id, waiting in _read(_WAITING_ISSUES, people=sorted(user_ids)):
        load[user_id] -= waiting
    return load


def find_holding(account_ids: Collection[int]) -> Holding:
    """Who works on the open issues of these accounts, for which of their contacts."""
    return Holding(_read(_HOLDERS, accounts=sorted(set(account_ids))) if account_ids else ())


def last_helpers(account_ids: Collection[int]) -> dict[int, int]:
    """Who brought the latest issue of each account to the point where the customer said that it is solved."""
    return dict(_read(_HELPERS, accounts=sorted(set(account_ids)))) if account_ids else {}


def get_levels() -> dict[tuple[Severity, ValueTier], LevelHours]:
    """The service-level table; a cell that is missing in the database has its default."""
    stored = {(severity, tier): LevelHours(*hours) for severity, tier, *hours in _read(_LEVELS)}
    return {**DEFAULT_LEVELS, **stored}


def admin_ids() -> list[int]:
    """Who is told when nobody else can act."""
    query = sa.select(User.id).where(User.active, User.role == Role.ADMIN).order_by(User.id)
    return list(db.session.scalars(query))
