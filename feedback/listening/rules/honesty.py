"""Whether those who were taken off a wave by hand differ from those who were asked: a list to look through, never a verdict."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from feedback.defects.rules.nps import Bands, adjusted_wald

FEWEST_TAKEN_OFF, FEWEST_PEOPLE = 3, 10  # below, no table of four fields could tell anything
LEVEL = 0.05  # the share of false alarms in the list that is put up with


@dataclass(frozen=True, slots=True)
class Selection:
    """Of one owner's people: taken off or asked, with or without a detractor's score or an open issue before."""

    off_unhappy: int
    off_other: int
    asked_unhappy: int
    asked_other: int

    @property
    def taken_off(self) -> int:
        """All who were taken off."""
        return self.off_unhappy + self.off_other

    @property
    def people(self) -> int:
        """All who would have been asked."""
        return self.taken_off + self.asked_unhappy + self.asked_other

    @property
    def is_enough(self) -> bool:
        """Whether a test says anything."""
        return self.taken_off >= FEWEST_TAKEN_OFF and self.people >= FEWEST_PEOPLE


@dataclass(frozen=True, slots=True)
class SelectionTest:
    """Fisher's exact test, two-sided, with the conditional odds ratio and its 95 % interval, as R's `fisher.test` gives them."""

    p: float
    odds: float  # may be infinite
    low: float
    high: float


def selection_test(seen: Selection) -> SelectionTest | None:
    """The test; None when there are too few."""
    return fisher(seen.off_unhappy, seen.off_other, seen.asked_unhappy, seen.asked_other) if seen.is_enough else None


def fisher(a: int, b: int, c: int, d: int) -> SelectionTest:
    """Fisher's exact test of the table [[a, b], [c, d]] (Fisher 1935; the odds ratio after Cornfield 1956)."""
    table = _Table.of(a, b, c, d)
    chances = table.chances(0.0)
    seen = chances[a - table.least] * (1 + 1e-7)  # tables as unlikely as this one, but for rounding
    p = min(1.0, sum(chance for chance in chances if chance <= seen))
    at = a - table.least
    low = 0.0 if at == 0 else _odds_where(lambda log: sum(table.chances(log)[at:]) - 0.025)
    high = math.inf if a == table.most else _odds_where(lambda log: 0.025 - sum(table.chances(log)[: at + 1]))
    odds = 0.0 if at == 0 else math.inf if a == table.most else _odds_where(lambda log: table.mean(log) - a)
    return SelectionTest(p, odds, low, high)


@dataclass(frozen=True, slots=True)
class _Table:
    """All tables with the same sums: the first field goes from `least` to `most`."""

    least: int
    most: int
    logs: tuple[float, ...]

    @classmethod
    def of(cls, a: int, b: int, c: int, d: int) -> "_Table":
        row, column, n = a + b, a + c, a + b + c + d
        least, most = max(0, row + column - n), min(row, column)
        fields = range(least, most + 1)
        return cls(least, most, tuple(_log_ways(column, x) + _log_ways(n - column, row - x) for x in fields))

    def chances(self, log_odds: float) -> list[float]:
        """How likely each table is under an odds ratio, given as its logarithm."""
        weights = [log + log_odds * x for x, log in enumerate(self.logs)]
        top = max(weights)
        scaled = [math.exp(weight - top) for weight in weights]
        total = math.fsum(scaled)
        return [weight / total for weight in scaled]

    def mean(self, log_odds: float) -> float:
        """The first field to be expected."""
        return self.least + math.fsum(x * chance for x, chance in enumerate(self.chances(log_odds)))


def _log_ways(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _odds_where(rising: Callable[[float], float]) -> float:
    """The odds ratio at which a function that rises with its logarithm is zero."""
    low, high = -40.0, 40.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return math.exp((low + high) / 2)


@dataclass(frozen=True, slots=True)
class NpsBounds:
    """What an NPS is, and what it would be with those who were taken off: as they scored last, and at the ends of what can be."""

    seen: float
    interval: tuple[float, float]  # 95 %, of the answers that came in
    as_before: float | None  # None when nobody who was taken off has a score
    low: float  # all of unknown score detractors
    high: float  # all of unknown score promoters


def nps_with(answers: Sequence[int], prior_scores: Sequence[int | None]) -> NpsBounds | None:
    """The NPS of `answers` with the people taken off; None without answers.

    Who has a score from before is taken to answer it again; for the others the ends say how far it could go.
    """
    if not answers:
        return None
    known = [score for score in prior_scores if score is not None]
    unknown = len(prior_scores) - len(known)
    total, n = sum(map(_sign, answers)), len(answers)
    with_known, n_known = total + sum(map(_sign, known)), n + len(known)
    ends = [100 * (with_known + side * unknown) / (n_known + unknown) for side in (-1, 1)]
    bands = Bands(
        sum(score <= 6 for score in answers), sum(7 <= score <= 8 for score in answers), sum(score >= 9 for score in answers)
    )
    span = adjusted_wald(bands)
    interval = (100 * span[0], 100 * span[1])
    return NpsBounds(100 * total / n, interval, 100 * with_known / n_known if known else None, ends[0], ends[1])


def _sign(score: int) -> int:
    return 1 if score >= 9 else -1 if score <= 6 else 0
