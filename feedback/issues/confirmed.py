"""Fixes that their customers confirmed: closed by themselves when nothing is left to do, and remembered when something is."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.moves import possible_moves
from feedback.issues.rules import IssueState
from feedback.issues.sweeps import lock_open
from feedback.issues.working.naming import account_name
from feedback.kernel import clock
from feedback.kernel.events import publish
from feedback.staffing.queries import with_deputies


def closes_at(issue: Issue) -> datetime | None:
    """When a confirmed issue closes by itself; None for one that is not, or where the company wants a person to do it."""
    days = current_app.extensions["closedloop_settings"].close_verified_days
    if issue.state is not IssueState.VERIFIED or issue.verified_at is None or not days:
        return None
    return issue.verified_at + timedelta(days=days)


def confirmed_issues() -> Sequence[int]:
    """Open issues whose customers confirmed the fix so long ago, the oldest first."""
    days = current_app.extensions["closedloop_settings"].close_verified_days
    if not days:
        return []
    over = clock.now() - timedelta(days=days)
    query = sa.select(Issue.id).where(Issue.state == IssueState.VERIFIED, Issue.closed_at.is_(None), Issue.verified_at <= over)
    return db.session.scalars(query.order_by(Issue.verified_at, Issue.id)).all()


def close_confirmed(issue_id: int) -> bool:
    """Close one of them; answers whether it was. Call inside `transaction()`.

    A promise that is open holds it, and reminds its owner by itself. Somebody who is still to be answered holds it too, and of
    that the owner hears once.
    """
    issue = lock_open(issue_id)
    due = None if issue is None else closes_at(issue)
    if issue is None or due is None or due > clock.now():
        return False
    missing = possible_moves(issue)[IssueState.CLOSED]
    if missing:
        if "answers" in missing:
            _remind(issue)
        return False
    issue.state, issue.closed_at, issue.next_due_at = IssueState.CLOSED, clock.now(), None
    db.session.flush()
    note(issue.id, "moved", None, was=IssueState.VERIFIED, to=IssueState.CLOSED)
    publish(IssuesChanged(frozenset({issue.account_id}), issue.state))
    return True


def _remind(issue: Issue) -> None:
    params = {"number": issue.number, "account": account_name(issue)}
    cause = f"issue-held-open:{issue.id}:{issue.reopen_count}"
    news.send(news.to_each(with_deputies([issue.owner_id]), cause, "issue_held_open", issue.id, **params))
