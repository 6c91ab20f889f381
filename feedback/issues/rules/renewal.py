"""How much the issues of a contract weigh when it comes up for renewal: a count with weights, and no probability."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from feedback.issues.rules.enums import CLOSED_STATES, IssueState, Severity

WEIGHTS = {Severity.CRITICAL: 6, Severity.MAJOR: 3, Severity.MINOR: 1}
UNSETTLED = 2  # an issue that is open, or was closed without the customer's word, counts double
LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True)
class RiskIssue:
    """What counts of one issue."""

    severity: Severity
    state: IssueState
    reopen_count: int = 0
    overdue: bool = False
    harms_customers: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody still works on it."""
        return self.state not in CLOSED_STATES

    @property
    def is_unsettled(self) -> bool:
        """Whether the customer has not said that it is solved."""
        return self.is_open or self.state is IssueState.CLOSED_UNVERIFIED

    @property
    def points(self) -> int:
        """Its weight; once more for each time that a fix did not hold."""
        return WEIGHTS[self.severity] * ((UNSETTLED if self.is_unsettled else 1) + self.reopen_count)


def points_of(issues: Iterable[RiskIssue]) -> int:
    """Σ weight of the severity × (2 while it is not settled, else 1, and 1 more for each reopening)."""
    return sum(issue.points for issue in issues)
