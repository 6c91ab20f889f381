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
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared

# Every group of detractor answers reads these.
_rule, _level = RoutingRule.__table__.c, ServiceLevel.__table__.c
_user, _issue = User.__table__.c, Issue.__table__.c
_frontline = sa.and_(_user.active, _user.role == Role.FRONTLINE)
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
    ).order_by(_rule.position)
)
_LEVELS = Prepared(
    sa.select(
        _level.severity,
        _level.value_tier,
        _level.first_contact_hours,
        _level.next_update_hours,
        _level.resolution_hours,
    )
)
_FRONTLINE = Prepared(sa.select(_user.id, _user.team_id).where(_frontline))
_STAFF = Prepared(
    sa.select(_user.id, _user.team_id).where(
        _user.active, sa.or_(sa.and_(in_list(_user.team_id, "teams"), _frontline), in_list(_user.id, "people"))
    )
)
_OPEN_ISSUES = Prepared(
    sa.select(_issue.owner_id, sa.func.count().label("issues"))
    .where(in_list(_issue.owner_id, "people"), _issue.next_due_at.is_not(None))  # open, by the index of the queue
    .group_by(_issue.owner_id)
)


def _read(statement: Prepared, **parameters: Any) -> list[Any]:
    db.session.flush()
    return statement.rows(db.session.connection(), parameters)


def list_route_rules() -> list[RouteRule]:
    """The routing rules in their order."""
    return [RouteRule(*row) for row in _read(_ROUTE_RULES)]


def find_staff(rules: Sequence[RouteRule]) -> Staff:
    """The active people that the rules can lead to. A team's members are its frontline."""
    teams = {rule.team_id for rule in rules if rule.team_id is not None}
    people = {rule.user_id for rule in rules if rule.user_id is not None}
    if not teams and not people:
        return Staff({})
    return Staff(dict(_read(_STAFF, teams=sorted(teams), people=sorted(people))))


def find_frontline() -> Staff:
    """Everybody active on the frontline, whatever the rules say."""
    return Staff(dict(_read(_FRONTLINE)))


def count_open_issues(user_ids: Collection[int]) -> dict[int, int]:
    """Open issues of each of these people."""
    return dict(_read(_OPEN_ISSUES, people=sorted(user_ids))) if user_ids else {}


def get_levels() -> dict[tuple[Severity, ValueTier], LevelHours]:
    """The service-level table; a cell that is missing in the database has its default."""
    stored = {(severity, tier): LevelHours(*hours) for severity, tier, *hours in _read(_LEVELS)}
    return {**DEFAULT_LEVELS, **stored}


def admin_ids() -> list[int]:
    """Who is told when nobody else can act."""
    query = sa.select(User.id).where(User.active, User.role == Role.ADMIN).order_by(User.id)
    return list(db.session.scalars(query))
