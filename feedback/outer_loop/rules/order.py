"""Which customer is told first."""

import math
from dataclasses import dataclass

from feedback.accounts.rules import ValueTier

TIER_WEIGHT, BAND_WEIGHT, REVENUE_WEIGHT, ISSUE_WEIGHT = 40.0, 25.0, 20.0, 15.0
TIER_SHARE = {ValueTier.A: 1.0, ValueTier.B: 0.5, ValueTier.C: 0.0}
BAND_SHARE = {"detractor": 1.0, "passive": 0.4, "promoter": 0.1, "unknown": 0.5}
ISSUE_SHARE = {"open": 1.0, "fixed": 0.6, "closed": 0.2, "none": 0.0}
FULL_REVENUE = 10_000_000.0  # a year's revenue from which more makes no difference


@dataclass(frozen=True)
class UrgencyParts:
    """The points that each fact gives."""

    tier: float
    band: float
    revenue: float
    issue: float


def urgency_parts(tier: ValueTier, band: str, annual_revenue: float | None, issue: str) -> UrgencyParts:
    """Of 40 for the value tier, 25 for the band, 20 for the revenue and 15 for the openness of the issue."""
    revenue = math.log1p(max(annual_revenue or 0.0, 0.0)) / math.log1p(FULL_REVENUE)
    return UrgencyParts(
        tier=TIER_WEIGHT * TIER_SHARE[tier],
        band=BAND_WEIGHT * BAND_SHARE[band],
        revenue=REVENUE_WEIGHT * min(revenue, 1.0),
        issue=ISSUE_WEIGHT * ISSUE_SHARE[issue],
    )


def urgency(tier: ValueTier, band: str, annual_revenue: float | None, issue: str) -> float:
    """0 to 100: 40 × value tier + 25 × band + 20 × revenue (logarithmic, full at 10 million a year) + 15 × openness of the issue.

    The band is that of the answer that told us; who told us by an issue alone counts as half a detractor.
    """
    parts = urgency_parts(tier, band, annual_revenue, issue)
    return round(parts.tier + parts.revenue + parts.band + parts.issue, 2)
