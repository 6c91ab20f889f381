"""What of an initiative or a disruption a viewer may know: customers and issues of others are counted, not named."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from feedback.access.policy import scope_of
from feedback.access.rules import Scope, Viewer
from feedback.accounts.models import Account
from feedback.accounts.queries import account_scope
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.queries import issue_scope
from feedback.kernel.bulk import among

ACCOUNTS, ISSUES = "account.read", "issue.read"


def seen_reaches(viewer: Viewer, reaches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stored reaches, their single accounts narrowed to those that the viewer may see."""
    named = sorted({account_id for reach in reaches for account_id in reach.get("account_ids", ())})
    if not named or scope_of(viewer, ACCOUNTS) is Scope.ALL:
        return [dict(reach) for reach in reaches]
    seen = set(db.session.scalars(sa.select(Account.id).where(among(Account.id, named), account_scope(viewer, ACCOUNTS))))
    return [_narrowed(reach, seen) for reach in reaches]


def _narrowed(reach: Mapping[str, Any], seen: set[int]) -> dict[str, Any]:
    if "account_ids" not in reach:
        return dict(reach)
    return {**reach, "account_ids": [account_id for account_id in reach["account_ids"] if account_id in seen]}


def seen_issues(viewer: Viewer, issue_ids: Iterable[int]) -> set[int]:
    """Those of some issues that the viewer may open."""
    wanted = sorted(set(issue_ids))
    if not wanted:
        return set()
    return set(db.session.scalars(sa.select(Issue.id).where(Issue.id.in_(wanted), issue_scope(viewer, ISSUES))))
