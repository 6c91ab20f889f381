"""What happens to issues without anybody asking: news of clocks, priorities of today."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.rules import (
    DueDates,
    next_clock,
    priority,
)
from feedback.kernel import clock

ACTOR = "system"


def overdue_issues() -> Sequence[int]:
    """Issues with a clock that ran out and whose people do not know it yet."""
    unknown = sa.or_(Issue.overdue_notified_at.is_(None), Issue.overdue_notified_at < Issue.next_due_at)
    query = sa.select(Issue.id).where(Issue.next_due_at < clock.now(), unknown).order_by(Issue.next_due_at, Issue.id)
    return db.session.scalars(query).all()


def announce_overdue(issue_id: int) -> bool:
    """Tell the owner and the account manager, once per due date; answers whether they were told."""
    issue, now = _lock(issue_id), clock.now()
    if issue is None or issue.next_due_at is None or issue.next_due_at >= now:
        return False
    if issue.overdue_notified_at is not None and issue.overdue_notified_at >= issue.next_due_at:
        return False
    account = db.session.get_one(Account, issue.account_id)
    db.session.execute(sa.update(Issue).where(Issue.id == issue.id).values(overdue_notified_at=now))
    params = _clock_params(issue, account.name)
    _tell(issue.id, "overdue", clock=params["clock"], due_at=issue.next_due_at.isoformat())
    cause = f"issue-overdue:{issue.id}:{issue.next_due_at.isoformat()}"
    news.send(news.to_each([issue.owner_id, account.owner_id], cause, "issue_overdue", issue.id, **params))
    return True


def announce_due_soon() -> int:
    """Remind owners whose clocks run out within the next hours, once per due date; answers how many clocks."""
    now = clock.now()
    until = now + timedelta(hours=current_app.extensions["closedloop_settings"].due_soon_hours)
    query = (
        sa.select(Issue, Account.name, Issue.next_due_at)
        .join(Account, Account.id == Issue.account_id)
        .where(Issue.next_due_at >= now, Issue.next_due_at <= until, Issue.owner_id.is_not(None))
    )
    messages = []
    for issue, account, due_at in db.session.execute(query):
        cause = f"issue-due:{issue.id}:{due_at and due_at.isoformat()}"
        messages += news.to_each([issue.owner_id], cause, "issue_due_soon", issue.id, **_clock_params(issue, account))
    news.send(messages)
    return len(messages)


def refresh_priorities() -> int:
    """Give open issues the priority and value tier that their account has today; answers how many changed.

    Due dates stay: what was promised to a customer does not move because we value the account differently.
    """
    query = (
        sa.select(
            Issue.id,
            Issue.severity,
            Issue.priority,
            Issue.value_tier,
            Account.value_tier.label("tier"),
            current_exchange().revenue.label("revenue"),
        )
        .join(Account, Account.id == Issue.account_id)
        .where(Issue.next_due_at.is_not(None))
    )
    changed = []
    for row in db.session.execute(query):
        wanted = priority(row.tier, row.revenue, row.severity)
        if wanted != row.priority or row.tier is not row.value_tier:
            changed.append({"id": row.id, "priority": wanted, "value_tier": row.tier})
    if changed:
        db.session.execute(sa.update(Issue), changed)
    return len(changed)


def _clock_params(issue: Issue, account: str) -> dict[str, Any]:
    due = DueDates(issue.first_contact_due_at, issue.next_update_due_at, issue.resolution_due_at)
    return {"number": issue.number, "account": account, "clock": next_clock(issue.state, due)}


def _lock(issue_id: int) -> Issue | None:
    query = sa.select(Issue).where(Issue.id == issue_id, Issue.closed_at.is_(None)).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).first()


def _tell(issue_id: int, kind: str, **data: Any) -> None:
    row = {"issue_id": issue_id, "kind": kind, "actor": ACTOR, "data": data, "occurred_at": clock.now()}
    db.session.execute(sa.insert(IssueEvent), [row])
