"""Net promoter score: variance, interval, difference, design. All on the scale −1…1 of one answer's v; callers show points.

Formulas: docs/reference/statistics.md, NPS. Counts are (detractors, passives, promoters).
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Z95 = NormalDist().inv_cdf(0.975)
POINTS = 100.0
# v of each score 0…10
VALUES: NDArray[np.int64] = np.array([-1] * 7 + [0] * 2 + [1] * 2)
# added to detractors, passives, promoters: the "adjusted Wald (3, T)" of Rocks, arXiv:1601.07235
PSEUDO = (0.75, 1.5, 0.75)
MIN_EFFECTIVE = 2.0  # with fewer accounts of equal weight, one of them decides the figure


class Bands(NamedTuple):
    """How many answers are in each band."""

    detractors: float
    passives: float
    promoters: float

    @property
    def n(self) -> float:
        """All of them."""
        return self.detractors + self.passives + self.promoters


class Estimate(NamedTuple):
    """A value with its standard error."""

    value: float
    error: float

    def interval(self, *, limit: float = 1.0) -> tuple[float, float]:
        """The 95 % interval, clipped to ± `limit`."""
        return max(self.value - Z95 * self.error, -limit), min(self.value + Z95 * self.error, limit)


class Difference(NamedTuple):
    """Second minus first NPS, adjusted, with the two-sided p-value."""

    value: float
    error: float
    ci_low: float
    ci_high: float
    p_value: float


def bands(histogram: NDArray[np.int64]) -> Bands:
    """Bands of a histogram whose last axis is the scores 0…10; other axes are added up."""
    scores = histogram.reshape(-1, 11).sum(axis=0)
    return Bands(int(scores[:7].sum()), int(scores[7:9].sum()), int(scores[9:].sum()))


def nps(counts: Bands) -> float | None:
    """Share of promoters minus share of detractors; None without answers."""
    return (counts.promoters - counts.detractors) / counts.n if counts.n else None


def variance(counts: Bands) -> float:
    """Variance of one answer: p + d − (p − d)²; the last term is their covariance."""
    promoters, detractors = counts.promoters / counts.n, counts.detractors / counts.n
    return promoters + detractors - (promoters - detractors) ** 2


def wald(counts: Bands) -> Estimate:
    """NPS with √(V / n)."""
    return Estimate((counts.promoters - counts.detractors) / counts.n, math.sqrt(max(variance(counts), 0.0) / counts.n))


def adjusted(counts: Bands) -> Estimate:
    """NPS with ¾, 1½ and ¾ answers added; good from five answers on, where Wald fails below a hundred."""
    return wald(Bands(*(count + extra for count, extra in zip(counts, PSEUDO, strict=True))))


def adjusted_wald(counts: Bands) -> tuple[float, float]:
    """The 95 % interval around NPS, inside −1…1."""
    return adjusted(counts).interval()


def difference(first: Bands, second: Bands) -> Difference:
    """Second minus first, of two independent groups or periods."""
    one, two = adjusted(first), adjusted(second)
    value, error = two.value - one.value, math.hypot(one.error, two.error)
    return Difference(value, error, value - Z95 * error, value + Z95 * error, two_sided(value / error))


def two_sided(z: float) -> float:
    """p-value of a normal test."""
    return math.erfc(abs(z) / math.sqrt(2))


def weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Estimate:
    """Weighted mean with the linearised error of independent units, √(n / (n − 1)) · √Σ[w(v − mean)]² / Σw.

    With one unit per account this is the error clustered by account. It vanishes where one unit has all the weight: for
    accounts of unequal weight take `of_accounts`.
    """
    n, total = len(values), weights.sum()
    mean = float(weights @ values / total)
    if n < 2:
        return Estimate(mean, math.nan)
    return Estimate(mean, math.sqrt(n / (n - 1) * float(((weights * (values - mean)) ** 2).sum())) / float(total))


def of_accounts(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Estimate:
    """Weighted mean of accounts, with an error that does not shrink when few of them have most of the weight.

    The error is the largest of three: delete-one-account jackknife (with equal weights the usual s / √n), s / √(effective
    number of accounts), and what `adjusted` gives with that number, because few accounts that agree prove little. Where
    fewer than `MIN_EFFECTIVE` equal accounts would say as much, one account decides, and the error has no limit.
    """
    share = weights / weights.sum()
    mean, size = float(share @ values), effective_n(weights)
    if size < MIN_EFFECTIVE:
        return Estimate(mean, math.inf)
    n = len(values)
    deleted = share * (values - mean) / (1 - share)
    spread = float(values.var())
    extra, extra_variance = sum(PSEUDO), PSEUDO[0] + PSEUDO[2]
    variances = (
        (n - 1) / n * float(deleted @ deleted),
        spread * n / (n - 1) / size,
        (size * spread + extra_variance) / (size + extra) ** 2,
    )
    return Estimate(mean, math.sqrt(max(variances)))


def clustered(sums: NDArray[np.float64], sizes: NDArray[np.float64]) -> Estimate:
    """Mean over all answers, clustered: `sums` of v and `sizes` per account."""
    n, clusters = sizes.sum(), len(sizes)
    mean = float(sums.sum() / n)
    if clusters < 2:
        return Estimate(mean, math.nan)
    residual = (sums - mean * sizes) / n
    return Estimate(mean, math.sqrt(clusters / (clusters - 1) * float(residual @ residual)))


def effective_n(weights: NDArray[np.float64]) -> float:
    """Kish: how many equally weighted answers carry as much."""
    return float(weights.sum() ** 2 / (weights @ weights))
