"""Making an issue graver: its clocks get tighter and never later, its priority follows."""

from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.issues.rules import Severity, priority, worse


def raise_severity(issue: Issue, severity: Severity) -> bool:
    """At least so grave from now on; answers whether that changed anything. The issue is locked by the caller."""
    was = issue.severity
    if worse(was, severity) is was:
        return False
    set_severity(issue, severity)
    note(issue.id, "severity_raised", None, was=was, now=severity)
    return True


def set_severity(issue: Issue, severity: Severity) -> None:
    """So grave from now on; what was promised to the customer stays."""
    account = db.session.get_one(Account, issue.account_id)
    revenue = current_exchange().converted(account.annual_revenue, account.currency)
    issue.severity, issue.priority = severity, priority(issue.value_tier, revenue, severity)
    db.session.flush()
