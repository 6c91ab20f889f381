"""Which customer is told first."""

import math

from feedback.accounts.rules import ValueTier

TIER_WEIGHT, BAND_WEIGHT, REVENUE_WEIGHT, ISSUE_WEIGHT = 40.0, 25.0, 20.0, 15.0
TIER_SHARE = {ValueTier.A: 1.0, ValueTier.B: 0.5, ValueTier.C: 0.0}
BAND_SHARE = {"detractor": 1.0, "passive": 0.4, "promoter": 0.1, "unknown": 0.5}
ISSUE_SHARE = {"open": 1.0, "fixed": 0.6, "closed": 0.2, "none": 0.0}
FULL_REVENUE = 10_000_000.0  # a year's revenue from which more makes no difference


def urgency(tier: ValueTier, band: str, annual_revenue: float | None, issue: str) -> float:
    """0 to 100: 40 × value tier + 25 × band + 20 × revenue (logarithmic, full at 10 million a year) + 15 × openness of the issue.

    The band is that of the answer that told us; who told us by an issue alone counts as half a detractor.
    """
    revenue = math.log1p(max(annual_revenue or 0.0, 0.0)) / math.log1p(FULL_REVENUE)
    worth = TIER_WEIGHT * TIER_SHARE[tier] + REVENUE_WEIGHT * min(revenue, 1.0)
    return round(worth + BAND_WEIGHT * BAND_SHARE[band] + ISSUE_WEIGHT * ISSUE_SHARE[issue], 2)
