"""Did it help? The rate of a defect before and after, with intervals, beside accounts that did not get the change.

Differences of proportions: the hybrid score interval of Newcombe (1998), Statistics in Medicine 17:873-890, method 10. The
difference of two differences combines their intervals in the same way (MOVER: Zou and Donner 2008, Statistics in Medicine
27:1693-1702). Shares are 0…1, NPS points −100…100; every difference is after minus before, so that a fall is negative.
"""

import math
from dataclasses import dataclass

from feedback.defects.rules.nps import Z95
from feedback.outer_loop.rules.states import Verdict

MIN_ANSWERS = 30  # in each of the two periods: below that nothing is said
MIN_CITED = 5  # before: a problem that hardly anybody named cannot be seen to fall


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of so many answers name the problem."""

    n: int
    cited: int

    @property
    def share(self) -> float:
        """Citations per answer; 0 without answers."""
        return self.cited / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, 95 %."""
        return wilson(self.cited, self.n)


@dataclass(frozen=True, slots=True)
class Change:
    """A difference with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Periods:
    """One group of accounts before and after."""

    before: Rate
    after: Rate

    @property
    def enough(self) -> bool:
        """Whether both periods have so many answers that a difference may be shown."""
        return min(self.before.n, self.after.n) >= MIN_ANSWERS

    @property
    def change(self) -> Change | None:
        """After minus before; None where there are too few answers."""
        return difference(self.after, self.before) if self.enough else None


def wilson(cited: int, n: int) -> tuple[float, float]:
    """The score interval of one proportion (Wilson 1927); everything is possible without answers."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = cited / n, Z95**2
    centre, half = p + z2 / (2 * n), Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, (centre - half) / (1 + z2 / n)), min(1.0, (centre + half) / (1 + z2 / n))


def difference(one: Rate, other: Rate) -> Change:
    """One share minus the other, with Newcombe's interval."""
    (low1, high1), (low2, high2) = one.interval, other.interval
    p1, p2 = one.share, other.share
    return Change(
        p1 - p2,
        p1 - p2 - math.hypot(p1 - low1, high2 - p2),
        p1 - p2 + math.hypot(high1 - p1, p2 - low2),
    )


def difference_of(one: Change, other: Change) -> Change:
    """One difference minus the other, with the interval that follows from theirs."""
    value = one.value - other.value
    return Change(
        value,
        value - math.hypot(one.value - one.low, other.high - other.value),
        value + math.hypot(one.high - one.value, other.value - other.low),
    )


def points_change(before: tuple[float, float, float], after: tuple[float, float, float]) -> Change:
    """Change of points lost from (value, low, high) of two rankings without a common answer."""
    error = math.hypot((before[2] - before[1]) / 2, (after[2] - after[1]) / 2)
    value = after[0] - before[0]
    return Change(value, value - error, value + error)


def compared(exposed: Periods, others: Periods | None) -> Change | None:
    """The fall beyond what the accounts without the change saw as well; None without enough of them."""
    if others is None or not others.enough or not exposed.enough:
        return None
    return difference_of(difference(exposed.after, exposed.before), difference(others.after, others.before))


def verdict_of(exposed: Periods, others: Periods | None) -> Verdict:
    """What may be said. A fall counts when its whole interval lies below zero, and the comparison does not take it away.

    The comparison takes it away when its point is not below zero: then everybody's rate fell as much, whatever was done here.
    """
    if not exposed.enough or exposed.before.cited < MIN_CITED:
        return Verdict.TOO_FEW
    change, beyond = difference(exposed.after, exposed.before), compared(exposed, others)
    if change.value >= 0 or (beyond is not None and beyond.value >= 0):
        return Verdict.NOT_FALLEN
    return Verdict.FELL if change.high < 0 else Verdict.UNCLEAR
