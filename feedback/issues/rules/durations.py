"""How long things take when some are not done yet: the Kaplan-Meier estimate of a time, with its median and quantiles.

Leaving out what is still open would make a slow loop look fast, because the slowest are those that have not ended.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Durations:
    """A time in hours over some issues, the unfinished ones counted as "longer than that".

    A quantile is None where so many are not done yet that it cannot be known.
    """

    n: int
    open: int
    median: float | None
    median_low: float | None
    median_high: float | None
    p90: float | None


def durations(hours: np.ndarray, ended: np.ndarray) -> Durations:
    """The estimate from times in hours, and whether each had ended by then.

    The interval of the median is that of Brookmeyer and Crowley with the log-log transformation of Greenwood's variance.
    """
    times, survival, variance = kaplan_meier(hours, ended)
    low, high = _median_interval(times, survival, variance)
    return Durations(
        n=len(hours),
        open=int(len(ended) - np.count_nonzero(ended)),
        median=_quantile(times, survival, 0.5),
        median_low=low,
        median_high=high,
        p90=_quantile(times, survival, 0.9),
    )


def kaplan_meier(hours: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(times at which something ended, share still open after each, Greenwood's sum Σ d / (n (n − d)))."""
    times = np.unique(hours[ended])
    ordered, ends = np.sort(hours), np.sort(hours[ended])
    at_risk = len(hours) - np.searchsorted(ordered, times, side="left")
    deaths = np.searchsorted(ends, times, side="right") - np.searchsorted(ends, times, side="left")
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
    return times, np.cumprod(1 - deaths / at_risk), greenwood


def _quantile(times: np.ndarray, survival: np.ndarray, share: float) -> float | None:
    """The first time by which at least this share had ended."""
    reached = np.flatnonzero(survival <= 1 - share + 1e-12)
    return float(times[reached[0]]) if len(reached) else None


def _median_interval(times: np.ndarray, survival: np.ndarray, greenwood: np.ndarray) -> tuple[float | None, float | None]:
    """The times at which the band around the curve crosses one half."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    inner = (survival > 0) & (survival < 1)
    spread = np.zeros_like(survival)
    spread[inner] = z * np.sqrt(greenwood[inner]) / np.log(survival[inner])
    lower, upper = survival.copy(), survival.copy()
    lower[inner] = survival[inner] ** np.exp(-spread[inner])
    upper[inner] = survival[inner] ** np.exp(spread[inner])
    return _quantile(times, np.minimum(lower, upper), 0.5), _quantile(times, np.maximum(lower, upper), 0.5)
