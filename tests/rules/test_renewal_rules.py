"""The weight of issues when a contract comes up for renewal."""

import pytest

from feedback.issues.rules import IssueState, Severity
from feedback.issues.rules.renewal import RiskIssue, points_of


@pytest.mark.parametrize(
    ("issue", "points"),
    [
        (RiskIssue(Severity.MINOR, IssueState.CLOSED), 1),
        (RiskIssue(Severity.MINOR, IssueState.ROUTED), 2),
        (RiskIssue(Severity.MAJOR, IssueState.CLOSED_UNVERIFIED), 6),
        (RiskIssue(Severity.CRITICAL, IssueState.IN_FIX, reopen_count=2), 24),
    ],
)
def test_what_an_issue_weighs(issue: RiskIssue, points: int) -> None:
    assert issue.points == points


def test_weights_add_up() -> None:
    assert points_of([RiskIssue(Severity.MAJOR, IssueState.CLOSED), RiskIssue(Severity.MINOR, IssueState.NEW)]) == 5
