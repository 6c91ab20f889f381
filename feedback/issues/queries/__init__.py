"""Named reads of issues."""

from feedback.issues.queries.facts import NO_ISSUES, IssueFact, OpenIssue, issue_facts
from feedback.issues.queries.scope import issue_scope

__all__ = ["NO_ISSUES", "IssueFact", "OpenIssue", "issue_facts", "issue_scope"]
