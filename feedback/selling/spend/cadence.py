"""Accounts that buy now and then, or have been here for less than a year: is the time since the last order unusual for them?"""

import numpy as np

from feedback.selling.spend.seasonal import Flags, Floats, median

LEAST_GAPS = 6
TIMES_MEDIAN, TIMES_LONGEST = 4.0, 1.5
DAYS_A_MONTH = 30.4375


def overdue(gaps: Floats, since_last: Floats) -> tuple[Flags, Flags]:
    """Whether there are enough gaps to tell, and whether the next order is overdue.

    Args:
        gaps: days between orders, orders × accounts, NaN where there are fewer.
        since_last: days since the last order of each account.
    """
    enough = (~np.isnan(gaps)).sum(axis=0) >= LEAST_GAPS
    longest = np.where(np.isnan(gaps), 0, gaps).max(axis=0, initial=0)
    limit = np.maximum(TIMES_MEDIAN * median(gaps), TIMES_LONGEST * longest) if len(gaps) else longest
    return enough, enough & (since_last > limit)


def gaps_of_months(spend: Floats) -> tuple[Floats, Floats]:
    """Gaps between months with spend, and days since the last of them: of orders a ledger knows the month only."""
    months, accounts = spend.shape
    bought = np.nan_to_num(spend) > 0
    gaps = np.full((max(months - 1, 1), accounts), np.nan)
    last = np.full(accounts, np.nan)
    for month in range(months):
        known = bought[month] & ~np.isnan(last)
        gaps[max(month - 1, 0)] = np.where(known, (month - last) * DAYS_A_MONTH, np.nan)
        last = np.where(bought[month], month, last)
    return gaps, (months - 1 - last) * DAYS_A_MONTH
