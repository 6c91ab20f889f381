"""Whose issue comes first: the customer's worth, then how bad it is."""

import math

from feedback.accounts.rules import ValueTier
from feedback.issues.rules.enums import Severity

TIER_WEIGHT, REVENUE_WEIGHT, SEVERITY_WEIGHT = 45.0, 25.0, 30.0
TIER_SHARE = {ValueTier.A: 1.0, ValueTier.B: 0.5, ValueTier.C: 0.0}
SEVERITY_SHARE = {Severity.CRITICAL: 1.0, Severity.MAJOR: 0.6, Severity.MINOR: 0.1}
FULL_REVENUE = 10_000_000.0  # a year's revenue from which more makes no difference


def priority(tier: ValueTier, annual_revenue: float | None, severity: Severity) -> float:
    """0 to 100: 45 × tier + 25 × revenue (logarithmic, full at 10 million a year) + 30 × severity.

    The customer weighs more than the case (70 to 30), so that a minor issue of the best customers comes before a major one of
    the smallest, and the logarithm lets revenue tell customers of one tier apart without letting one giant bury the others.
    """
    revenue = math.log1p(max(annual_revenue or 0.0, 0.0)) / math.log1p(FULL_REVENUE)
    worth = TIER_WEIGHT * TIER_SHARE[tier] + REVENUE_WEIGHT * min(revenue, 1.0)
    return round(worth + SEVERITY_WEIGHT * SEVERITY_SHARE[severity], 3)
