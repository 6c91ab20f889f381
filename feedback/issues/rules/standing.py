"""How bad an issue is when it opens, and what an account's issues mean for the gate."""

from collections.abc import Iterable
from datetime import datetime

from feedback.accounts.rules import ContactRole
from feedback.issues.rules.clocks import is_overdue
from feedback.issues.rules.enums import STANDING_GRAVITY, IssueStanding, IssueState, Severity


def severity_of_answer(score: int, role: ContactRole, *, major_score_max: int, decision_maker_major: bool) -> Severity:
    """Major for a very low score, or from a decision maker where the setting says so; else minor."""
    if score <= major_score_max or (decision_maker_major and role is ContactRole.DECISION_MAKER):
        return Severity.MAJOR
    return Severity.MINOR


def standing_of_issue(
    state: IssueState, severity: Severity, *, next_due_at: datetime | None, now: datetime, unanswered: bool = True
) -> IssueStanding:
    """What one issue means for the gate.

    Args:
        unanswered: for `closed_unverified`: its customer has neither answered 7 or better since the fix nor left.
    """
    if state in (IssueState.VERIFIED, IssueState.CLOSED):
        return IssueStanding.NONE
    if state is IssueState.CLOSED_UNVERIFIED:
        return IssueStanding.FIXED_UNVERIFIED if unanswered else IssueStanding.NONE
    if state is IssueState.FIXED:
        return IssueStanding.FIXED_UNVERIFIED
    if severity is Severity.MINOR and not is_overdue(next_due_at, now):
        return IssueStanding.MINOR_OPEN
    return IssueStanding.MAJOR_OPEN


def worst_standing(standings: Iterable[IssueStanding]) -> IssueStanding:
    """The worst of an account's issues; none without any."""
    return max(standings, key=STANDING_GRAVITY.__getitem__, default=IssueStanding.NONE)
