"""Who was heard and who stayed silent, in figures. Silence is silence: it is never counted as a passive answer.

Formulas: docs/reference/statistics.md, coverage.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from feedback.defects.rules.nps import Z95, Bands, adjusted_wald, difference, nps

LOW_RATE, GOOD_RATE, REVENUE_TARGET = 0.3, 0.8, 0.8  # of business customers: not comfortable, aimed at, heard by revenue
ALIKE = 0.1  # programs whose response rates differ by more are not compared
MIN_NPS = 5  # answers, below which no NPS is said


class Rate(NamedTuple):
    """A share with what it is of. `weight` of `total` are counts, or money; `n` is how many units stand behind the total."""

    weight: float
    total: float
    n: float

    @property
    def share(self) -> float | None:
        """None where nobody was there to be heard."""
        return self.weight / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval; for money with the number of equal accounts that would carry as much (Kish)."""
        return None if self.share is None else wilson(self.share, self.n)


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share of `n`, inside 0…1 even for none or all."""
    if n <= 0:
        return 0.0, 1.0
    z2 = Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def count_rate(heard: int, asked: int) -> Rate:
    """A share of people or accounts."""
    return Rate(heard, asked, asked)


def money_rate(heard: float, total: float, squares: float) -> Rate:
    """A share of money: the sums of the accounts heard, of all of them, and of the squares of all."""
    return Rate(heard, total, total * total / squares if squares else 0)


class Voice(NamedTuple):
    """What the answers say, and what the silence leaves open; on the scale −1…1, None where too few answered.

    `pessimistic` is NPS × response rate where the NPS is above zero, and the NPS itself below: multiplied by a share, a bad
    figure would look better the fewer people answer. `worst` and `best` are the NPS if all silent people were detractors, or
    promoters.
    """

    bands: Bands
    silent: int
    nps: float | None
    interval: tuple[float, float] | None
    pessimistic: float | None
    worst: float | None
    best: float | None


def voice_of(bands: Bands, asked: int) -> Voice:
    """Of the answers to `asked` requests that arrived."""
    silent = max(asked - int(bands.n), 0)
    figure = nps(bands)
    if figure is None or bands.n < MIN_NPS:
        return Voice(bands, silent, None, None, None, None, None)
    everyone, gap = bands.n + silent, bands.promoters - bands.detractors
    interval = adjusted_wald(bands)
    pessimistic = pessimistic_line(figure, bands.n / everyone)
    return Voice(bands, silent, figure, interval, pessimistic, (gap - silent) / everyone, (gap + silent) / everyone)


def pessimistic_line(figure: float, rate: float) -> float:
    """NPS × response rate, and never above the NPS: silence makes no bad figure better."""
    return min(figure, figure * rate)


class Gap(NamedTuple):
    """Late minus early answers, in NPS of the scale −1…1, with its interval."""

    early: Bands
    late: Bands
    value: float
    low: float
    high: float


def late_gap(early: Bands, late: Bands) -> Gap | None:
    """Those who answered only after a reminder against those who did not need one; None where either group is too small.

    Late answers are the nearest thing to the silence behind them.
    """
    if min(early.n, late.n) < MIN_NPS:
        return None
    found = difference(early, late)
    return Gap(early, late, found.value, found.ci_low, found.ci_high)


def comparable(rates: Iterable[Rate]) -> bool:
    """Whether the figures of several programs may stand side by side."""
    shares = [rate.share for rate in rates if rate.share is not None]
    return len(shares) < 2 or max(shares) - min(shares) <= ALIKE
