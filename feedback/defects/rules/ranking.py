"""The ranking as arrays: every measure of every defect, and the order of the rows. No database."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.defects.rules import evidence, fit, measures
from feedback.defects.rules.nps import VALUES, Z95
from feedback.defects.rules.reports import RankingOrder

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

RARE_GAP, RARE_ANSWERS = 60.0, 3


@dataclass(frozen=True, slots=True)
class Covariates:
    """Answers by cell of what is held constant: `design` [cell × dummy], histogram [cell × 11], citations [cell × defect]."""

    design: Counts
    scores: Counts
    cited: Counts


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the answers: `total` [11], `cited` [defect × 11], `together` [defect × defect], accounts, factors.

    `accounts` counts accounts of any status (for the entry rule); `factor` is the design effect on the error, NaN if unknown.
    """

    total: Counts
    cited: Counts
    together: Counts
    accounts: Counts
    base_frequency: Floats
    factor: Floats
    covariates: Covariates | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """Every column of the ranking, by ordinal; NaN where a figure cannot be said."""

    n: Counts
    frequency: Floats
    correlation: measures.Correlation
    gap: Floats
    unadjusted: Floats
    points_lost: Floats
    half_width: Floats
    p: Floats
    q: Floats
    provisional: Mask
    not_separable: Mask
    rare_but_severe: Mask
    without_defects: float


def measure(facts: Facts) -> Measures:
    """Compute every figure."""
    n, n_cited = int(facts.total.sum()), facts.cited.sum(axis=1)
    entering = fit.entering(n_cited, facts.accounts, n)
    frequency = n_cited / n if n else np.zeros(len(n_cited))
    found = fit_of(facts)
    error = found.error * np.where(np.isnan(facts.factor), 1.0, facts.factor)
    p = evidence.p_values(found.coefficient, error)
    gap = measures.nps_gap(facts.cited, facts.total)
    return Measures(
        n=n_cited,
        frequency=frequency,
        correlation=measures.point_biserial(facts.cited, facts.total),
        gap=gap,
        unadjusted=measures.points_lost_unadjusted(facts.cited, facts.total),
        points_lost=fit.points_lost(frequency, found.coefficient),
        half_width=Z95 * frequency * error,
        p=p,
        q=evidence.q_values(p),
        provisional=~entering,
        not_separable=entering & ~found.kept,
        rare_but_severe=(np.nan_to_num(gap) >= RARE_GAP) & (n_cited >= RARE_ANSWERS) & ~entering,
        without_defects=found.intercept,
    )


def order_of(found: Measures, base_frequency: Floats, order: RankingOrder) -> Counts:
    """Ordinals from worst to least; what cannot be said comes after what can, provisional defects last."""
    worst: Mapping[RankingOrder, Floats] = {
        RankingOrder.POINTS_LOST: found.points_lost,
        RankingOrder.CORRELATION: -found.correlation.r,
        RankingOrder.FREQUENCY: found.frequency,
        RankingOrder.ARTICLE: -base_frequency * found.correlation.r,
    }
    keys = worst[order]
    unsaid = np.isnan(keys)
    ties = np.nan_to_num(found.unadjusted)  # among those the order says nothing about, and as the last word among equals
    return np.lexsort((-ties, -np.nan_to_num(keys), unsaid, found.provisional))


def fit_of(facts: Facts) -> fit.Fit:
    """The fit over all ordinals; what does not enter has no coefficient."""
    entering = fit.entering(facts.cited.sum(axis=1), facts.accounts, int(facts.total.sum()))
    k, held = len(facts.cited), facts.covariates.design.shape[1] if facts.covariates else 0
    found = fit.least_squares(_cross_products(facts, entering), held) if facts.total.sum() else None
    kept, coefficient, error = np.zeros(k, np.bool_), np.full(k, np.nan), np.full(k, np.nan)
    if found is None:
        return fit.Fit(kept, coefficient, error, np.nan, np.zeros((0, 0)))
    kept[entering], coefficient[entering], error[entering] = found.kept[held:], found.coefficient[held:], found.error[held:]
    return fit.Fit(kept, coefficient, error, found.intercept, found.inverse)


def _cross_products(facts: Facts, entering: Mask) -> fit.CrossProducts:
    cited, total = facts.cited[entering], facts.total
    n_cited = cited.sum(axis=1)
    xx = facts.together[np.ix_(entering, entering)] + np.diag(n_cited)
    plain = fit.CrossProducts(int(total.sum()), n_cited, xx, cited @ VALUES, int(total @ VALUES), int(total @ VALUES**2))
    if facts.covariates is None:
        return plain
    design, scores = facts.covariates.design, facts.covariates.scores
    sizes, crossed = scores.sum(axis=1), design.T @ facts.covariates.cited[:, entering]
    return fit.CrossProducts(
        plain.n,
        np.concatenate((design.T @ sizes, plain.x)),
        np.block([[(design * sizes[:, None]).T @ design, crossed], [crossed.T, plain.xx]]),
        np.concatenate((design.T @ (scores @ VALUES), plain.xv)),
        plain.v,
        plain.vv,
    )
