"""What a promoter is worth beside a detractor: retention, margin, their lifetime value and its ratio, each with its interval.

LTV = m·r / (1 + i − r) (Gupta and Lehmann 2003): margin per year, retention per year, discount rate. The ratio's interval is that
of its logarithm by the delta method (the part of the means is the log ratio of means of Hedges, Gurevitch and Curtis 1999); with
few or skewed accounts it comes from resampling accounts (BCa, Efron 1987).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedback.issues.rules.recovery import Z95, Share, t_quantile

Floats = NDArray[np.float64]

FEWEST_ACCOUNTS, FEWEST_LOSSES = 30, 10  # of a class; below them no ratio of this company is published
MARKET_RANGE = (3.0, 7.0)  # what the literature reports for a promoter beside a detractor
SMALL_CLASS = 100  # below it, or with skewed money, the interval comes from resampling
SKEWED = 1.0  # Bulmer's "highly skewed"
RESAMPLES, SEED = 4_000, 7


class Spread(NamedTuple):
    """A mean with its 95 % interval (Student's t), and how many it is of."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Cohort:
    """The accounts of one class at the start of the year: what each brings per year (NaN: not known), and who stayed."""

    money: Floats
    stayed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.stayed)

    @property
    def retention(self) -> Share:
        """Who was still a customer at the end of the year."""
        return Share(int(self.stayed.sum()), len(self.stayed))

    @property
    def losses(self) -> int:
        """Who left within the year."""
        return len(self.stayed) - int(self.stayed.sum())

    @property
    def known(self) -> Floats:
        """The money of those about whom it is known."""
        return self.money[~np.isnan(self.money)]

    @property
    def is_enough(self) -> bool:
        """Whether anything may be published that compares this class with another."""
        return len(self.known) >= FEWEST_ACCOUNTS and self.losses >= FEWEST_LOSSES


class Ratio(NamedTuple):
    """How many times as much one class is worth as another, with its 95 % interval and how that was found."""

    ratio: float
    low: float
    high: float
    method: str  # "delta", or "bca"


def multiple(retention: float, discount: float) -> float:
    """M = r / (1 + i − r): what a margin of 1 a year is worth over the lifetime.

    Raises:
        ValueError: the retention is no share, or the discount not above 0.
    """
    if not 0 <= retention <= 1 or discount <= 0:
        raise ValueError((retention, discount))
    return retention / (1 + discount - retention)


def spread(values: Floats) -> Spread | None:
    """Mean and interval; None of fewer than two."""
    n = len(values)
    if n < 2:
        return None
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    half = t_quantile(n - 1) * error
    return Spread(mean, mean - half, mean + half, n)


def ratio(one: Cohort, other: Cohort, discount: float) -> Ratio | None:
    """Lifetime value of one class over another's; None where one of them has too few accounts or losses to say."""
    if not (one.is_enough and other.is_enough) or min(one.known.mean(), other.known.mean()) <= 0 or 0 in _stays(one, other):
        return None
    if any(len(each) < SMALL_CLASS or _is_skewed(each.known) for each in (one, other)):
        return resampled(one, other, discount)
    return by_delta_method(one, other, discount)


def _stays(*cohorts: Cohort) -> list[int]:
    return [each.retention.hits for each in cohorts]


def _is_skewed(values: Floats) -> bool:
    """Whether the third standardised moment says that a mean of few may be far from normal."""
    deviations = values - values.mean()
    second = float((deviations**2).mean())
    return second > 0 and abs(float((deviations**3).mean())) / second**1.5 > SKEWED


def by_delta_method(one: Cohort, other: Cohort, discount: float) -> Ratio:
    """The ratio with the normal interval of its logarithm."""
    log = _log_value(one.known, one.stayed, discount) - _log_value(other.known, other.stayed, discount)
    half = Z95 * math.sqrt(_variance(one, discount) + _variance(other, discount))
    return Ratio(math.exp(log), math.exp(log - half), math.exp(log + half), "delta")


def _log_value(money: Floats, stayed: NDArray[np.bool_], discount: float) -> float:
    return math.log(float(money.mean())) + math.log(multiple(float(stayed.mean()), discount))


def _variance(cohort: Cohort, discount: float) -> float:
    """Of the log of a class's lifetime value: the part of the mean money, and that of the retention."""
    money, r, n = cohort.known, float(cohort.stayed.mean()), len(cohort)
    of_mean = float(money.var(ddof=1)) / (len(money) * float(money.mean()) ** 2)
    slope = (1 + discount) / (r * (1 + discount - r))
    return of_mean + slope**2 * r * (1 - r) / n


def resampled(one: Cohort, other: Cohort, discount: float) -> Ratio | None:
    """The ratio with the BCa interval of resampled accounts: an account keeps its money and its fate together.

    None where resamples occur in which nobody stayed, or nobody's money is known: their logarithm is not to be had.
    """
    random = np.random.default_rng(SEED)
    found = _log_value(one.known, one.stayed, discount) - _log_value(other.known, other.stayed, discount)
    drawn = _draws(one, discount, random) - _draws(other, discount, random)
    if not np.isfinite(drawn).all():
        return None
    ends = _bca_points(found, drawn, [_influence(one, discount), -_influence(other, discount)])
    low, high = (float(np.quantile(drawn, point)) for point in ends)
    return Ratio(math.exp(found), math.exp(low), math.exp(high), "bca")


def _draws(cohort: Cohort, discount: float, random: np.random.Generator) -> Floats:
    """The log lifetime value of as many resamples, in parts that stay small in memory."""
    n, part = len(cohort), max(1, 2_000_000 // max(1, len(cohort)))
    sizes = [min(part, RESAMPLES - start) for start in range(0, RESAMPLES, part)]
    return np.concatenate([_log_values(cohort, random.integers(0, n, (size, n)), discount) for size in sizes])


def _log_values(cohort: Cohort, places: NDArray[np.int64], discount: float) -> Floats:
    money, stayed = cohort.money[places], cohort.stayed[places].mean(axis=1)
    known = ~np.isnan(money)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, money, 0).sum(axis=1) / known.sum(axis=1)
        log: Floats = np.log(mean) + np.log(stayed / (1 + discount - stayed))
    return log


def _influence(cohort: Cohort, discount: float) -> Floats:
    """What each account pulls the log lifetime value by: its jackknife values, centred and scaled."""
    n, money, stayed = len(cohort), cohort.money, cohort.stayed.astype(float)
    known = ~np.isnan(money)
    held = np.where(known, money, 0)
    mean = (held.sum() - held) / (known.sum() - known)
    share = (stayed.sum() - stayed) / (n - 1)
    without: Floats = np.log(mean) + np.log(share / (1 + discount - share))
    return (without.mean() - without) * (n - 1) / n


def _bca_points(found: float, drawn: Floats, influences: Sequence[Floats]) -> tuple[float, float]:
    """Which quantiles of the resamples are the ends of the 95 % interval (Efron 1987; of two samples as Davison and Hinkley)."""
    normal = NormalDist()
    below = float((drawn < found).mean())
    shift = normal.inv_cdf(min(max(below, 1 / len(drawn)), 1 - 1 / len(drawn)))
    cubes, squares = (sum(float((one**power).sum()) for one in influences) for power in (3, 2))
    bend = cubes / (6 * squares**1.5) if squares else 0.0
    low, high = (shift + (shift + z) / (1 - bend * (shift + z)) for z in (-Z95, Z95))
    return normal.cdf(low), normal.cdf(high)


@dataclass(frozen=True)
class Worth:
    """How many times a detractor's lifetime value a class is worth: one figure of this company, or the market's range."""

    low: float
    high: float
    own: bool  # from this company's own accounts


def worth(found: Ratio | None) -> Worth:
    """What is reckoned with: the company's own interval where it may be published, else the market's range, named as such."""
    return Worth(found.low, found.high, own=True) if found else Worth(*MARKET_RANGE, own=False)


def at_stake(base: float, promoter: Worth) -> tuple[float, float]:
    """Σ base LTV × (index of a promoter − index of a detractor, which is 1), as a range; never below nothing."""
    low, high = (max(0.0, base * (index - 1)) for index in (promoter.low, promoter.high))
    return low, high


def recovered(bases: Sequence[tuple[float, bool]], promoter: Worth) -> tuple[float, float]:
    """Σ base LTV × (index after − index before) of accounts that were detractors; who is a passive now counts half the way.

    Args:
        bases: (base LTV, whether the account is a promoter now) of those that are a detractor no more.
    """
    ways = sum(base if is_promoter else base / 2 for base, is_promoter in bases)
    return at_stake(ways, promoter)
