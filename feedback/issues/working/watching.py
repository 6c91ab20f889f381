"""Telling those who watch an issue what happened to it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.models import Issue
from feedback.issues.working.models import IssueWatch
from feedback.issues.working.naming import account_name
from feedback.kernel import clock

# what a customer, and who stands up for one, notices
TOLD = frozenset(
    {
        "moved", "progress", "progress_mail", "reopened", "assigned", "interaction", "commitment", "commitment_kept",
        "commitment_broken", "fix_planned", "fix_late", "overdue", "waiting_started", "waiting_ended", "taken_to_lead",
        "concession_approved", "concession_declined", "severity_raised", "withdrawn", "noted",
    }
)  # fmt: skip


def tell_watchers(issue_id: int, kind: str, viewer: Viewer | None, data: Mapping[str, Any]) -> None:
    """A line for everybody who watches the issue, but for whoever did it."""
    if kind not in TOLD:
        return
    me = viewer.user_id if viewer is not None else None
    query = sa.select(IssueWatch.user_id).where(IssueWatch.issue_id == issue_id, IssueWatch.user_id != (me or 0))
    people = list(db.session.scalars(query))
    if not people:
        return
    issue = db.session.get_one(Issue, issue_id)
    params = {"number": issue.number, "account": account_name(issue), "what": kind, "to": str(data.get("to") or "")}
    cause = f"watch:{issue_id}:{kind}:{clock.now().isoformat()}"
    news.send(news.to_each(people, cause, "issue_watched", issue_id, **params))
