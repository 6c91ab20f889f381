"""Points lost: one least-squares fit of 100·v on the defects, from cross-products alone.

Cross-products of counts are whole numbers, so centring them (n·Σxy − Σx·Σy) loses nothing; what is left is the error of one
Cholesky factorisation of a scaled matrix. A test compares with a fit on raw rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.defects.rules.nps import POINTS

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

MIN_ANSWERS, MIN_ACCOUNTS, ANSWERS_PER_COLUMN = 10, 5, 10
# a column of which less than this share is not explained by the columns before it is not separable from them
SEPARABLE = 1e-9


@dataclass(frozen=True, slots=True)
class CrossProducts:
    """Σ over answers, for the columns of the fit: `n`, `x` = Σx, `xx` = Σxx', `xv` = Σxv, `v` = Σv, `vv` = Σv²."""

    n: int
    x: Counts
    xx: Counts
    xv: Counts
    v: int
    vv: int


@dataclass(frozen=True, slots=True)
class Fit:
    """`kept` columns have coefficient and classical error (points); `intercept` is that of centred covariates.

    `inverse` is (Σ centred xx')⁻¹ of the kept columns: what a clustered error needs.
    """

    kept: Mask
    coefficient: Floats
    error: Floats
    intercept: float
    inverse: Floats


def entering(n_cited: Counts, accounts: Counts, n: int) -> Mask:
    """Which defects enter the fit: enough answers from enough accounts, and no more columns than the answers carry.

    When there are too many, the most frequent stay; the lower ordinal wins a tie.
    """
    enough = (n_cited >= MIN_ANSWERS) & (accounts >= MIN_ACCOUNTS)
    room = n // ANSWERS_PER_COLUMN
    if enough.sum() > room:
        order = np.argsort(-n_cited, kind="stable")
        enough[order[enough[order]][room:]] = False
    return enough


def least_squares(sums: CrossProducts, covariates: int = 0) -> Fit | None:
    """Fit; the first `covariates` columns are held constant, the others are defects, dropped least frequent first when tied.

    None when there are no more answers than columns.
    """
    k, n = len(sums.x), sums.n
    centred = (n * sums.xx - np.outer(sums.x, sums.x)).astype(np.float64) / n
    right = (n * sums.xv - sums.x * sums.v).astype(np.float64) / n
    total = (n * sums.vv - sums.v**2) / n
    order = np.concatenate((np.arange(covariates), covariates + np.argsort(-sums.x[covariates:], kind="stable")))
    scale = np.sqrt(np.maximum(np.diag(centred), 0.0))
    kept = order[_independent(centred[np.ix_(order, order)], scale[order])]
    degrees = n - len(kept) - 1
    if len(kept) and degrees < 1:
        return None
    inverse = _inverse(centred[np.ix_(kept, kept)], scale[kept])
    beta = _solve(centred[np.ix_(kept, kept)], inverse, right[kept])
    residual = max(total - float(beta @ right[kept]), 0.0)
    error = np.sqrt(np.diag(inverse) * residual / max(degrees, 1))
    mean = (sums.v - float(beta[kept >= covariates] @ sums.x[kept[kept >= covariates]])) / n
    return _spread(k, kept, POINTS * beta, POINTS * error, POINTS * mean, inverse)


def points_lost(frequency: Floats, coefficient: Floats) -> Floats:
    """L = −f·β: the NPS points that the defect takes from all answers, other defects equal."""
    return -frequency * coefficient


def _independent(centred: Floats, scale: Floats) -> NDArray[np.int64]:
    """Places of the columns that the columns before them do not explain, in order."""
    usable = scale > 0
    places = np.flatnonzero(usable)
    scaled = centred[np.ix_(places, places)] / np.outer(scale[places], scale[places])
    try:
        if (np.diag(np.linalg.cholesky(scaled)) ** 2 > SEPARABLE).all():
            return places
    except np.linalg.LinAlgError:
        pass
    return places[_eliminate(scaled)]


def _eliminate(matrix: Floats) -> NDArray[np.int64]:
    """Step by step: sweep a column out of the later ones when enough of it is its own, else leave it out."""
    matrix, kept = matrix.copy(), []
    for place in range(len(matrix)):
        pivot = matrix[place, place]
        if pivot > SEPARABLE:
            kept.append(place)
            column = matrix[place + 1 :, place] / pivot
            matrix[place + 1 :, place + 1 :] -= np.outer(column, matrix[place, place + 1 :])
    return np.array(kept, np.int64)


def _inverse(centred: Floats, scale: Floats) -> Floats:
    root = np.linalg.inv(np.linalg.cholesky(centred / np.outer(scale, scale)))
    return (root.T @ root) / np.outer(scale, scale)


def _solve(centred: Floats, inverse: Floats, right: Floats) -> Floats:
    """One step of refinement takes the error of the inverse away."""
    beta = inverse @ right
    return beta + inverse @ (right - centred @ beta)


def _spread(k: int, kept: NDArray[np.int64], beta: Floats, error: Floats, intercept: float, inverse: Floats) -> Fit:
    ascending = np.argsort(kept)
    mask, places = np.zeros(k, np.bool_), kept[ascending]
    mask[places] = True
    coefficient, errors = np.full(k, np.nan), np.full(k, np.nan)
    coefficient[places], errors[places] = beta[ascending], error[ascending]
    return Fit(mask, coefficient, errors, intercept, inverse[np.ix_(ascending, ascending)])
