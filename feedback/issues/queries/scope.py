"""Which issues a viewer may see: the one condition that every read for a person carries."""

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.issues.models import Issue


def issue_scope(viewer: Viewer, permission: str = "issue.read") -> sa.ColumnElement[bool]:
    """Condition on `Issue`: own = issues at my accounts or owned by me; team = issues of my team or owned by me."""
    scope = scope_of(viewer, permission)
    if scope is Scope.ALL:
        return sa.true()
    if scope is Scope.NONE or viewer.user_id is None:
        return sa.false()
    mine = Issue.owner_id == viewer.user_id
    if scope is Scope.TEAM:
        return mine if viewer.team_id is None else sa.or_(mine, Issue.team_id == viewer.team_id)
    accounts = Account.owner_id == viewer.user_id
    if scope is Scope.REGION and viewer.region is not None:
        accounts = sa.or_(accounts, Account.region == viewer.region)
    return sa.or_(mine, Issue.account_id.in_(sa.select(Account.id).where(accounts)))
