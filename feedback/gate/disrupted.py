"""What a disruption does to a standing: a serious open issue, then an unconfirmed fix until the customer is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feedback.gate.rules import IssueBand
from feedback.issues.rules import IssueStanding
from feedback.issues.rules.enums import STANDING_GRAVITY
from feedback.outer_loop.queries.holding import Hold

ACTIVE, NOT_FOLLOWED_UP = "disruption_active", "disruption_not_followed_up"


def worst_band(issues: IssueStanding, holds: Sequence[Hold], now: datetime) -> IssueBand:
    """The worst of an account's issues and disruptions."""
    if not holds:
        return IssueBand(issues)
    found = [issues]
    found += [IssueStanding.MAJOR_OPEN for hold in holds if hold.is_active(now)]
    found += [IssueStanding.FIXED_UNVERIFIED for hold in holds if hold.is_over(now)]
    return IssueBand(max(found, key=STANDING_GRAVITY.__getitem__))


def moments(holds: Sequence[Hold]) -> list[datetime | None]:
    """When they begin and end: then the standing changes by itself."""
    return [moment for hold in holds for moment in (hold.starts_at, hold.ends_at)]


def evidence(holds: Sequence[Hold], now: datetime) -> dict[str, Any]:
    """What counts now, as JSON; nothing for accounts without."""
    counting = [hold for hold in holds if hold.is_active(now) or hold.is_over(now)]
    if not counting:
        return {}
    return {"disruptions": [_document(hold, now) for hold in counting]}


def _document(hold: Hold, now: datetime) -> dict[str, Any]:
    until = hold.ends_at.isoformat() if hold.ends_at else None
    return {"id": hold.id, "active": hold.is_active(now), "since": hold.starts_at.isoformat(), "until": until}


def reasons(codes: tuple[str, ...], said: Mapping[str, Any]) -> tuple[str, ...]:
    """The reasons of the tables, with disruptions named as what they are: the tables know them as issues only.

    Args:
        said: the evidence of the same decision.
    """
    counting, found = said.get("disruptions", ()), set(codes)
    if any(one["active"] for one in counting):
        found.add(ACTIVE)
    elif counting and "issue_fix_unverified" in found:
        found.add(NOT_FOLLOWED_UP)
    standings = {issue["standing"] for issue in said["issues"]}
    if ACTIVE in found and IssueStanding.MAJOR_OPEN not in standings:
        found.discard("issue_major_open")
    if NOT_FOLLOWED_UP in found and IssueStanding.FIXED_UNVERIFIED not in standings:
        found.discard("issue_fix_unverified")
    return tuple(sorted(found))
