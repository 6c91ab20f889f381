"""What one defect says by itself: correlation with the score, NPS gap, unadjusted points lost; vectorised over defects.

Every figure comes from histograms over scores: `cited` of the answers that cite a defect, `total` of all answers.
NaN means "cannot be said": nobody or everybody cites it, or all scores are equal.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feedback.defects.rules.nps import POINTS, VALUES, Z95

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SCORES: Counts = np.arange(11)


class Correlation(NamedTuple):
    """r with its 95 % interval."""

    r: Floats
    low: Floats
    high: Floats


def point_biserial(cited: Counts, total: Counts) -> Correlation:
    """Correlation of presence with the score, harm negative; interval by Fisher's z.

    Sums of whole numbers are exact; only the last division and root round.
    """
    n, n_cited = int(total.sum()), cited.sum(axis=-1)
    sum_all, squares = int(total @ SCORES), int(total @ SCORES**2)
    sum_cited = cited @ SCORES
    covariance = n * sum_cited - n_cited * sum_all
    spread = np.sqrt(np.maximum(n * squares - sum_all**2, 0, dtype=np.float64) * (n_cited * (n - n_cited)))
    r = _divide(covariance, spread)
    return Correlation(r, *fisher_interval(r, n))


def fisher_interval(r: Floats, n: int) -> tuple[Floats, Floats]:
    """95 % interval of a correlation from n answers; NaN for three or fewer."""
    if n <= 3:
        return np.full_like(r, np.nan), np.full_like(r, np.nan)
    z, half = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15)), Z95 / np.sqrt(n - 3)
    return np.tanh(z - half), np.tanh(z + half)


def nps_gap(cited: Counts, total: Counts) -> Floats:
    """NPS without the defect minus NPS with it, in points: how severe it is where it occurs."""
    rest = total - cited
    return POINTS * (_divide(rest @ VALUES, rest.sum(axis=-1)) - _divide(cited @ VALUES, cited.sum(axis=-1)))


def points_lost_unadjusted(cited: Counts, total: Counts) -> Floats:
    """NPS of the answers without the defect minus NPS of all, in points."""
    rest = total - cited
    n = int(total.sum())
    overall = int(total @ VALUES) / n if n else np.nan
    return POINTS * (_divide(rest @ VALUES, rest.sum(axis=-1)) - overall)


def _divide(above: NDArray[np.generic], below: NDArray[np.generic]) -> Floats:
    result = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=result, where=np.asarray(below) > 0)
    return result
