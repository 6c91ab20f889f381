"""From booked amounts to a history per account: which months are complete, which are zero, and which nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from feedback.selling.spend.seasonal import Flags, Floats, median

BOOKED_SHARE = 0.5  # of the accounts that usual months name: below it the month is not booked to the end
USUAL_MONTHS = 6


def month_number(month: date) -> int:
    """Months since year 0: for arithmetic."""
    return month.year * 12 + month.month - 1


def month_of(number: int) -> date:
    """The first day of that month."""
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Booked:
    """Rows of spend as columns: one element per row; amounts are in the installation's currency."""

    account: NDArray[np.int64]  # place in `Ledger.account_ids`
    month: NDArray[np.int64]  # months since year 0
    amount: Floats  # NaN: in a currency without a rate


@dataclass(frozen=True)
class Ledger:
    """Months × accounts. Before an account's first month its spend is NaN."""

    account_ids: tuple[int, ...]
    first: int  # the month of the first row
    net: Floats  # zero where an account bought nothing in a month that was booked; NaN where nobody knows
    credits: Floats  # the part that was booked back, as a number below zero or zero
    unknown: Flags  # inside the history, but nobody knows
    foreign: Flags  # accounts with an amount in a currency without a rate

    @property
    def last(self) -> int:
        """The month of the last row."""
        return self.first + len(self.net) - 1


def ledger(account_ids: Sequence[int], booked: Booked, *, until: date) -> Ledger | None:
    """The histories up to the last month that is over and booked to the end; None where there is no such month.

    A month without a row inside a history is zero where that month was booked for other customers, and unknown where it was
    booked for nobody, or for less than half as many customers as usual: such a month is forecast, and not judged.

    Args:
        until: today; the month that has begun is not complete and counts nowhere.
    """
    complete = booked.month < month_number(until)
    account, month, amount = booked.account[complete], booked.month[complete], booked.amount[complete]
    if not len(month):
        return None
    first, size = int(month.min()), len(account_ids)
    shape = (int(month.max()) - first + 1, size)
    place = (month - first) * size + account
    sums: Floats = np.bincount(place, np.nan_to_num(amount), shape[0] * size).reshape(shape).astype(np.float64)
    back: Floats = np.bincount(place, np.minimum(np.nan_to_num(amount), 0.0), shape[0] * size).reshape(shape).astype(np.float64)
    named = np.bincount(place, minlength=shape[0] * size).reshape(shape) > 0
    whole = _whole_months(named.sum(axis=1))
    if not whole.any():
        return None
    last = int(np.flatnonzero(whole)[-1]) + 1
    begun = np.maximum.accumulate(named, axis=0)
    known = named | whole[:, None]
    net = np.where(begun & known, sums, np.nan)
    foreign = np.bincount(account[np.isnan(amount)], minlength=size) > 0
    return Ledger(tuple(account_ids), first, net[:last], back[:last], (begun & ~known)[:last], foreign)


def _whole_months(counts: NDArray[np.int64]) -> Flags:
    """Months that name at least half as many accounts as the median of the six booked months before them."""
    whole = np.zeros(len(counts), dtype=bool)
    for place, count in enumerate(counts):
        before = counts[max(place - USUAL_MONTHS, 0) : place]
        before = before[before > 0]
        usual = float(median(before.astype(float)[:, None])[0]) if len(before) else 0.0
        whole[place] = count > 0 and count >= BOOKED_SHARE * usual
    return whole
