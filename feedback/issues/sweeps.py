"""What happens to issues without anybody asking: priorities of today."""

import sqlalchemy as sa

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import priority


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
        .where(Issue.queue_due_at.is_not(None))
    )
    changed = []
    for row in db.session.execute(query):
        wanted = priority(row.tier, row.revenue, row.severity)
        if wanted != row.priority or row.tier is not row.value_tier:
            changed.append({"id": row.id, "priority": wanted, "value_tier": row.tier})
    if changed:
        db.session.execute(sa.update(Issue), changed)
    return len(changed)


def lock_open(issue_id: int) -> Issue | None:
    """An open issue, to be changed; None when it was closed meanwhile."""
    query = sa.select(Issue).where(Issue.id == issue_id, Issue.closed_at.is_(None)).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).first()
