"""The second person: who decides on what somebody else asked for about an issue."""

import sqlalchemy as sa

from feedback.access.models import User
from feedback.access.policy import scope_of
from feedback.access.queries import lead_of
from feedback.access.rules import Role, Scope, Viewer
from feedback.extensions import db
from feedback.issues.models import Issue


def may_decide(viewer: Viewer, issue: Issue, permission: str) -> bool:
    """Whether the viewer decides on such things for this issue."""
    scope = scope_of(viewer, permission)
    return scope is Scope.ALL or (scope is Scope.TEAM and viewer.team_id is not None and viewer.team_id == issue.team_id)


def deciders_of(issue: Issue, asker_id: int | None) -> list[int]:
    """Who is asked: the lead of the team; where that is who asks, or nobody, the executives, else the administrators."""
    lead = lead_of(issue.team_id)
    if lead is not None and lead != asker_id:
        return [lead]
    for role in (Role.EXECUTIVE, Role.ADMIN):
        query = sa.select(User.id).where(User.active, User.role == role, User.id != (asker_id or 0)).order_by(User.id)
        found = list(db.session.scalars(query))
        if found:
            return found
    return []
