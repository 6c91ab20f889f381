"""Taking an issue back to its owner, and undoing that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.queries import lead_of
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues import news
from feedback.issues.history import note
from feedback.issues.models import ClockRun, Issue, IssueEvent
from feedback.issues.opening import reopened_columns
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.outbox.service import recall
from feedback.staffing.queries import with_deputies

# Everything that a reopening, or a customer's yes, changes.
_CHANGED = (
    "state",
    "reopen_count",
    "routed_at",
    "contacted_at",
    "diagnosed_at",
    "in_fix_at",
    "fixed_at",
    "verified_at",
    "closed_at",
    "fix_due_at",
    "fix_summary",
    "fix_summaries",
    "first_contact_due_at",
    "next_update_due_at",
    "resolution_due_at",
    "next_due_at",
)
_SPOKEN = ("voice_added", "complaint_added", "severity_raised", "call_wished")  # of those, nothing is taken back
LOG_LENGTH = "log_length"  # how many events there were: clocks are those of this much of the log again


def reopen_issue(issue: Issue) -> None:
    """The problem is not solved: back to its owner, and whoever counts on it is told. The event `reopened` starts the clocks."""
    now = clock.now()
    columns = reopened_columns(issue.reopen_count, now) | {"closed_at": None, "next_due_at": issue.next_due_at or now}
    for name, value in columns.items():
        setattr(issue, name, value)
    db.session.flush()
    account = db.session.get_one(Account, issue.account_id)
    params = {"number": issue.number, "account": account.name}
    news.send(news.to_each(_counting_on(issue, account), _cause(issue), "issue_reopened", issue.id, **params))


def _counting_on(issue: Issue, account: Account) -> list[int | None]:
    return [*with_deputies([issue.owner_id]), account.owner_id, lead_of(issue.team_id)]


def _cause(issue: Issue) -> str:
    return f"issue-reopened:{issue.id}:{issue.reopen_count}"


def snapshot(issue: Issue) -> dict[str, Any]:
    """The columns as they are, to be put back by `restore`."""
    values = {name: getattr(issue, name) for name in _CHANGED}
    events = sa.select(sa.func.count()).select_from(IssueEvent).where(IssueEvent.issue_id == issue.id)
    values[LOG_LENGTH] = db.session.scalar(events)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def restore(issue: Issue, before: Mapping[str, Any], since: datetime) -> bool:
    """Put the columns back, unless somebody worked on the issue or spoke up about it since; answers whether it is as it was."""
    touched = sa.select(IssueEvent.id).where(
        IssueEvent.issue_id == issue.id,
        IssueEvent.occurred_at >= since,
        sa.or_(IssueEvent.actor_id.is_not(None), IssueEvent.kind.in_(_SPOKEN)),
    )
    if not before or db.session.execute(touched.limit(1)).first() is not None:
        return False
    if issue.reopen_count > before["reopen_count"]:
        account = db.session.get_one(Account, issue.account_id)
        recall([f"{_cause(issue)}:{person}" for person in _counting_on(issue, account) if person is not None])
    for name in (one for one in _CHANGED if one in before):  # what was taken down in an earlier version has fewer
        setattr(issue, name, _read(name, before[name]))
    db.session.flush()
    db.session.execute(sa.delete(ClockRun).where(ClockRun.issue_id == issue.id, ClockRun.ended_at >= since))
    note(issue.id, "restored", None, keep=before[LOG_LENGTH])
    return True


def _read(name: str, value: Any) -> Any:
    if name == "state":
        return IssueState(value)
    return datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
