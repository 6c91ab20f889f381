"""Making an issue graver: its clocks get tighter and never later, its priority follows."""

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.opening import due_columns
from feedback.issues.queries import staffing
from feedback.issues.rules import DueDates, Severity, priority, tighten_clocks, worse
from feedback.kernel import clock


def raise_severity(issue: Issue, severity: Severity) -> bool:
    """At least so grave from now on; answers whether that changed anything. The issue is locked by the caller."""
    if worse(issue.severity, severity) is issue.severity:
        return False
    due = DueDates(issue.first_contact_due_at, issue.next_update_due_at, issue.resolution_due_at)
    due = tighten_clocks(due, staffing.get_levels()[severity, issue.value_tier], clock.now())
    if issue.closed_at is None:
        for name, value in due_columns(issue.state, due).items():
            setattr(issue, name, value)
    set_severity(issue, severity)
    return True


def set_severity(issue: Issue, severity: Severity) -> None:
    """So grave from now on; what was promised to the customer stays."""
    account = db.session.get_one(Account, issue.account_id)
    revenue = current_exchange().converted(account.annual_revenue, account.currency)
    issue.severity, issue.priority = severity, priority(issue.value_tier, revenue, severity)
    db.session.flush()
