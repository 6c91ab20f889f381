"""What routing and the clocks need to know, each in one statement."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.accounts.rules import ValueTier
from feedback.extensions import db
from feedback.issues.models import Issue, RoutingRule, ServiceLevel
from feedback.issues.rules import DEFAULT_LEVELS, LevelHours, RouteRule, Severity, Staff

# Every group of detractor answers reads these two, so they are built once and run on the session's connection.
_rule, _level = RoutingRule.__table__.c, ServiceLevel.__table__.c
_ROUTE_RULES = sa.select(
    _rule.category,
    _rule.defect_id,
    _rule.segment,
    _rule.region,
    _rule.language,
    _rule.value_tier,
    _rule.team_id,
    _rule.user_id,
).order_by(_rule.position)
_LEVELS = sa.select(
    _level.severity,
    _level.value_tier,
    _level.first_contact_hours,
    _level.next_update_hours,
    _level.resolution_hours,
)


def _read(statement: sa.Select[Any]) -> Sequence[Any]:
    db.session.flush()
    return db.session.connection().execute(statement).all()


def list_route_rules() -> list[RouteRule]:
    """The routing rules in their order."""
    return [RouteRule(*row) for row in _read(_ROUTE_RULES)]


def find_staff(rules: Sequence[RouteRule]) -> Staff:
    """The active people that the rules can lead to. A team's members are its frontline."""
    teams = {rule.team_id for rule in rules if rule.team_id is not None}
    people = {rule.user_id for rule in rules if rule.user_id is not None}
    if not teams and not people:
        return Staff({})
    in_team = sa.and_(User.team_id.in_(teams), User.role == Role.FRONTLINE)
    query = sa.select(User.id, User.team_id).where(User.active, sa.or_(in_team, User.id.in_(people)))
    return Staff({row.id: row.team_id for row in db.session.execute(query)})


def find_frontline() -> Staff:
    """Everybody active on the frontline, whatever the rules say."""
    query = sa.select(User.id, User.team_id).where(User.active, User.role == Role.FRONTLINE)
    return Staff({row.id: row.team_id for row in db.session.execute(query)})


def count_open_issues(user_ids: Collection[int]) -> dict[int, int]:
    """Open issues of each of these people."""
    if not user_ids:
        return {}
    query = (
        sa.select(Issue.owner_id, sa.func.count())
        .where(Issue.owner_id.in_(user_ids), Issue.next_due_at.is_not(None))  # open, by the index of the queue
        .group_by(Issue.owner_id)
    )
    return {owner: count for owner, count in db.session.execute(query) if owner is not None}


def get_levels() -> dict[tuple[Severity, ValueTier], LevelHours]:
    """The service-level table; a cell that is missing in the database has its default."""
    stored = {(severity, tier): LevelHours(*hours) for severity, tier, *hours in _read(_LEVELS)}
    return {**DEFAULT_LEVELS, **stored}


def admin_ids() -> list[int]:
    """Who is told when nobody else can act."""
    query = sa.select(User.id).where(User.active, User.role == Role.ADMIN).order_by(User.id)
    return list(db.session.scalars(query))
