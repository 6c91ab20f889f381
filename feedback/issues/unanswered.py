"""Fixes whose customer never says whether they helped: closed in the end, unverified, which keeps the gate shut."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.events import FixSettled, IssuesChanged
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.moves import unverified_limits
from feedback.issues.queries.single import list_commitments, stored_facts
from feedback.issues.rules import IssueState, missing_for
from feedback.issues.sweeps import lock_open
from feedback.issues.working.promises import mark_broken
from feedback.kernel import clock
from feedback.kernel.events import publish
from feedback.staffing.queries import with_deputies


def unanswered_fixes() -> Sequence[int]:
    """Fixed issues whose time for an answer is over, the oldest first."""
    over = clock.now() - timedelta(days=unverified_limits().days)
    query = sa.select(Issue.id).where(Issue.state == IssueState.FIXED, Issue.closed_at.is_(None), Issue.fixed_at <= over)
    return db.session.scalars(query.order_by(Issue.fixed_at, Issue.id)).all()


def close_unanswered(issue_id: int) -> bool:
    """Close one of them unverified and tell its people; answers whether it was.

    Not closed: who was never asked since the fix cannot have failed to answer, and a voice that nobody replied to
    still waits for us. Promises do not hold it: those whose time has passed are broken, the others stand on with whoever made
    them.
    """
    issue = lock_open(issue_id)
    now, limits = clock.now(), unverified_limits()
    if issue is None or issue.state is not IssueState.FIXED or issue.fixed_at is None:
        return False
    facts = stored_facts(issue)
    if now - issue.fixed_at < timedelta(days=limits.days) or not facts.attempts_since_fix:
        return False
    if missing_for(IssueState.CLOSED_UNVERIFIED, replace(facts, open_promises=()), now=now, limits=limits):
        return False
    before, issue.state, issue.closed_at, issue.next_due_at = issue.state, IssueState.CLOSED_UNVERIFIED, now, None
    db.session.flush()
    note(issue.id, "moved", None, was=before, to=issue.state)
    for made in list_commitments(issue.id):
        mark_broken(made.id)
    _tell(issue)
    return True


def _tell(issue: Issue) -> None:
    """The gate looks again, the score is asked for later, and whoever looks after the customer hears of it."""
    account = db.session.get_one(Account, issue.account_id)
    publish(IssuesChanged(frozenset({issue.account_id}), issue.state))
    publish(FixSettled(issue.id))
    cause = f"issue-unanswered:{issue.id}:{issue.reopen_count}"
    params = {"number": issue.number, "account": account.name, "days": unverified_limits().days}
    news.send(news.to_each([*with_deputies([issue.owner_id]), account.owner_id], cause, "issue_unanswered", issue.id, **params))
