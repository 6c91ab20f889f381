"""Named reads of issues."""

from feedback.issues.queries.facts import NO_ISSUES, IssueFact, OpenIssue, issue_facts
from feedback.issues.queries.listing import Due, IssueFilter, Kind, Load, Order, count_by_state, count_issues, list_issues
from feedback.issues.queries.scope import issue_scope
from feedback.issues.queries.single import access_issue, list_commitments, list_history, list_interactions, list_voices, names_of

__all__ = [
    "NO_ISSUES",
    "Due",
    "IssueFact",
    "IssueFilter",
    "Kind",
    "Load",
    "OpenIssue",
    "Order",
    "access_issue",
    "count_by_state",
    "count_issues",
    "issue_facts",
    "issue_scope",
    "list_commitments",
    "list_history",
    "list_interactions",
    "list_issues",
    "list_voices",
    "names_of",
]
