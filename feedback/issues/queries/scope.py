"""Which issues a viewer may see: the one condition that every read for a person carries."""

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.issues.models import Issue
from feedback.issues.queries.fixing import fixes_owed_by
from feedback.issues.rules import OPEN_STATES, IssueState
from feedback.staffing.queries import stood_in_for

# Who stands in works on the issues of somebody; what is to be approved about them is approved by those who otherwise do.
_NOT_STOOD_IN = frozenset({"concession.approve", "mistake.confirm"})


def issue_scope(viewer: Viewer, permission: str = "issue.read") -> sa.ColumnElement[bool]:
    """Condition on `Issue`: own = issues at my accounts or mine; team = issues of my team or mine.

    Mine are those that I own, those of the people for whom I stand in today, and those in fix whose fix I owe. Whoever is to
    make a fix, or made it, may read the issue until it is closed.
    """
    scope = scope_of(viewer, permission)
    if scope is Scope.ALL:
        return sa.true()
    if scope is Scope.NONE or viewer.user_id is None:
        return sa.false()
    mine = _mine(viewer.user_id, permission)
    if scope is Scope.TEAM:
        return mine if viewer.team_id is None else sa.or_(mine, Issue.team_id == viewer.team_id)
    accounts = Account.owner_id == viewer.user_id
    if scope is Scope.REGION and viewer.region is not None:
        accounts = sa.or_(accounts, Account.region == viewer.region)
    return sa.or_(mine, Issue.account_id.in_(sa.select(Account.id).where(accounts)))


def _mine(user_id: int, permission: str) -> sa.ColumnElement[bool]:
    others = frozenset() if permission in _NOT_STOOD_IN else stood_in_for(user_id)
    owned = Issue.owner_id.in_(sorted({user_id, *others})) if others else Issue.owner_id == user_id
    states = OPEN_STATES if permission == "issue.read" else (IssueState.IN_FIX,)
    fixes = frozenset() if permission in _NOT_STOOD_IN else fixes_owed_by(user_id, states)
    return sa.or_(owned, Issue.id.in_(sorted(fixes))) if fixes else owned
