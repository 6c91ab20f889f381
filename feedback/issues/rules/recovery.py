"""Did it help to call? Recovery and relapse in excess of what happens by itself.

Whoever scores very low scores higher the next time, called or not (regression to the mean). So a second score is compared with
the one that is expected without any call: μ₂ + β(s₁ − μ₁), fitted to pairs of answers of people whom nobody called, and the share
of those who recovered with the share among detractors who were not called.

The textbook line is μ + ρ(s₁ − μ) with the retest correlation ρ. β = ρ·σ₂/σ₁ is the same where both answers scatter alike, and
stays right where most low scorers were called and are missing from the pairs: choosing by the first score narrows its spread,
which shrinks ρ but leaves the regression as it is.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Z95 = 1.959964
FEWEST, FEWEST_ACCOUNTS, FEWEST_PAIRS = 10, 5, 30  # below these nothing but counts is said


@dataclass(frozen=True)
class Pairs:
    """Two answers of one person about one account, one after the other, by column."""

    account: Ints
    first: Floats
    second: Floats

    def __len__(self) -> int:
        return len(self.first)

    def where(self, mask: NDArray[np.bool_]) -> "Pairs":
        """Those that the mask names."""
        return Pairs(self.account[mask], self.first[mask], self.second[mask])


class Line(NamedTuple):
    """What a second score is without any call: `mean_second` + `slope` × (first − `mean_first`); `rho` is the correlation."""

    n: int
    mean_first: float
    mean_second: float
    slope: float
    rho: float

    def expected(self, first: float) -> float:
        """The second score that follows a first one by itself."""
        return self.mean_second + self.slope * (first - self.mean_first)


class Excess(NamedTuple):
    """How much higher second scores are than they would be by themselves, with its 95 % interval."""

    mean_first: float
    mean_second: float
    expected: float
    excess: float
    low: float
    high: float


class Share(NamedTuple):
    """`hits` of `n`, with Wilson's 95 % interval."""

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """None of nobody."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson (1927), inside 0…1."""
        return wilson(self.hits, self.n) if self.n else None


class Difference(NamedTuple):
    """One share minus another, with Newcombe's 95 % interval (his method 10)."""

    difference: float
    low: float
    high: float


def fit_line(pairs: Pairs) -> Line | None:
    """The line through pairs of people whom nobody called; None where they are too few or all first scores are the same."""
    if len(pairs) < FEWEST_PAIRS:
        return None
    x, y = pairs.first, pairs.second
    dx, dy = x - x.mean(), y - y.mean()
    sxx, syy = float(dx @ dx), float(dy @ dy)
    if sxx == 0:
        return None
    sxy = float(dx @ dy)
    rho = sxy / math.sqrt(sxx * syy) if syy else 0.0
    return Line(len(pairs), float(x.mean()), float(y.mean()), sxy / sxx, rho)


def excess_of(called: Pairs, untouched: Pairs) -> Excess | None:
    """How much higher those who were called score than expected; None where there are too few to say.

    The error is that of the estimate as a whole, clustered by account (sandwich of the influence of each account on it): of the
    scores of those called, and of the line they are compared with. The quantile is Student's, with as many degrees of freedom as
    the smaller of the two groups has accounts, less one.
    """
    line = fit_line(untouched)
    called_accounts = np.unique(called.account)
    if line is None or len(called) < FEWEST or len(called_accounts) < FEWEST_ACCOUNTS:
        return None
    first, second = float(called.first.mean()), float(called.second.mean())
    expected = line.expected(first)
    influence_called = ((called.second - second) - line.slope * (called.first - first)) / len(called)
    dx = untouched.first - line.mean_first
    left_over = untouched.second - line.mean_second - line.slope * dx
    influence_line = left_over * (1 / line.n + (first - line.mean_first) * dx / float(dx @ dx))
    accounts, place = np.unique(np.concatenate([called.account, untouched.account]), return_inverse=True)
    of_account = np.bincount(place, weights=np.concatenate([influence_called, -influence_line]), minlength=len(accounts))
    groups = len(accounts)
    error = math.sqrt(groups / (groups - 1) * float(of_account @ of_account))
    freedom = min(len(called_accounts), len(np.unique(untouched.account))) - 1
    half = t_quantile(freedom) * error
    excess = second - expected
    return Excess(first, second, expected, excess, excess - half, excess + half)


def t_quantile(freedom: int) -> float:
    """The 97.5 % point of Student's t (Abramowitz and Stegun 26.7.5); within 0.01 from four degrees of freedom on."""
    z, v = Z95, float(max(freedom, 1))
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v ** (power + 1) for power, term in enumerate(terms))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, z2 = hits / n, Z95 * Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_of(one: Share, other: Share) -> Difference | None:
    """Newcombe (1998), method 10: from the two Wilson intervals; None where one of them is of too few."""
    if min(one.n, other.n) < FEWEST:
        return None
    p, q = one.hits / one.n, other.hits / other.n
    (low_p, high_p), (low_q, high_q) = wilson(*one), wilson(*other)
    low = p - q - math.sqrt((p - low_p) ** 2 + (high_q - q) ** 2)
    high = p - q + math.sqrt((high_p - p) ** 2 + (q - low_q) ** 2)
    return Difference(p - q, low, high)
