"""Who owes the fix of an issue, and which fixes somebody owes."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from feedback.access.models import Grant, User
from feedback.access.policy import POLICY
from feedback.access.rules import Role, Scope
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.issues.working.models import IssueDiagnosis
from feedback.staffing.queries import stood_in_for

WORK = "issue.work"


def find_fix_owner(issue: Issue, *, acting: int | None = None) -> int | None:
    """Who is named for the fix; else whoever acts, else the owner of the issue. Nobody who has left."""
    rounds = (IssueDiagnosis.issue_id == issue.id, IssueDiagnosis.round <= issue.reopen_count)
    query = sa.select(IssueDiagnosis.fix_owner_id).where(*rounds).order_by(IssueDiagnosis.round.desc()).limit(1)
    candidates = (db.session.scalar(query), acting, issue.owner_id)
    people = [user_id for user_id in candidates if user_id is not None]
    here = set(db.session.scalars(sa.select(User.id).where(User.id.in_(people), User.active)))
    return next((user_id for user_id in people if user_id in here), None)


def works_on_issues() -> sa.ColumnElement[bool]:
    """Condition on `User`: a fix is given to nobody else, because whoever makes it writes down that it is made."""
    roles = [role for role in Role if POLICY[WORK].scope_of(role) is not Scope.NONE]
    granted = sa.exists().where(Grant.user_id == User.id, Grant.permission == WORK, Grant.scope != Scope.NONE)
    return sa.and_(User.active, sa.or_(User.role.in_(roles), granted))


def fixes_owed_by(user_id: int, states: Collection[IssueState] = (IssueState.IN_FIX,)) -> frozenset[int]:
    """Issues of others in these states whose fix this person owes, or one of those for whom they stand in today."""
    people = sorted({user_id, *stood_in_for(user_id)})
    query = (
        sa.select(Issue.id)
        .join(IssueDiagnosis, sa.and_(IssueDiagnosis.issue_id == Issue.id, IssueDiagnosis.round == Issue.reopen_count))
        .where(
            IssueDiagnosis.fix_owner_id.in_(people),
            Issue.state.in_(states),
            sa.or_(Issue.owner_id.is_(None), Issue.owner_id.not_in(people)),
        )
    )
    return frozenset(db.session.scalars(query))


def fix_owners_of(issue_ids: Iterable[int]) -> dict[int, int]:
    """Who owes the fix of each issue that is in fix."""
    query = (
        sa.select(IssueDiagnosis.issue_id, IssueDiagnosis.fix_owner_id)
        .join(Issue, sa.and_(IssueDiagnosis.issue_id == Issue.id, IssueDiagnosis.round == Issue.reopen_count))
        .where(Issue.id.in_(list(issue_ids)), Issue.state == IssueState.IN_FIX, IssueDiagnosis.fix_owner_id.is_not(None))
    )
    found: Any = db.session.execute(query)
    return dict(map(tuple, found))
