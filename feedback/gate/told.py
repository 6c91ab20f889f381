"""What is told beside the reasons of the tables: every problem at the account, not only the one that decided.

The tables know one issue band and one deferred moment; people want to hear of each issue, disruption and hindrance by name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from feedback.gate import disrupted
from feedback.gate.colleagues import MAY_CALL
from feedback.gate.tables import TIMING_DEFERRED
from feedback.issues.rules import IssueStanding

# Which problems a decision names is kept with its evidence, so that older decisions are told as they were.
NAMES_EVERY_ISSUE = 2
CODE_OF_ISSUE = {
    IssueStanding.MAJOR_OPEN: "issue_major_open",
    IssueStanding.MINOR_OPEN: "issue_minor_open",
    IssueStanding.FIXED_UNVERIFIED: "issue_fix_unverified",
}


def with_issues(codes: tuple[str, ...], standings: Iterable[str]) -> tuple[str, ...]:
    """The codes with those of every issue that stands in the way, in order."""
    more = {CODE_OF_ISSUE[IssueStanding(one)] for one in standings if one != IssueStanding.NONE}
    return tuple(sorted({*codes, *more})) if more else codes


def told_reasons(codes: tuple[str, ...], evidence: Mapping[str, Any]) -> tuple[str, ...]:
    """The reasons of the tables with what they do not know by name: issues, disruptions, what speaks against the moment.

    Args:
        evidence: of the same decision.
    """
    found = disrupted.reasons(codes, evidence) if evidence.get("disruptions") else codes
    if evidence.get("told", 1) >= NAMES_EVERY_ISSUE:
        found = with_issues(found, (issue["standing"] for issue in evidence["issues"]))
    blocks = (evidence.get("timing") or {}).get("because", ())
    if TIMING_DEFERRED in found and blocks:
        found = tuple(sorted({*found, *(block["why"] for block in blocks)}))
    if evidence.get("colleagues"):
        found = tuple(sorted({*found, MAY_CALL}))
    return found
