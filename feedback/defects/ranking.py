"""The ranking of defects at any filter, from stored counts and the live tail; never from raw answers."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from feedback.defects.models import Defect, DesignEffect
from feedback.defects.packing import Answers
from feedback.defects.packing.counts import ROLES, SCORES, Ints, pair_matrix
from feedback.defects.reaching import Reach, count_citing, read_reach
from feedback.defects.reading import read_counts, read_levels, read_tail
from feedback.defects.rules import evidence, nps
from feedback.defects.rules import ranking as rules
from feedback.defects.rules.fit import MIN_ACCOUNTS, MIN_ANSWERS
from feedback.defects.rules.reports import Adjustment, RankedDefect, Ranking, RankingQuery
from feedback.defects.strata import SEGMENT, GroupKey
from feedback.uow import snapshot

CLASSICAL, CLUSTERED = "classical", "classical_times_design_effect"


def rank_defects(query: RankingQuery) -> Ranking:
    """Rank the defects that at least one answer of the filter cites.

    Raises:
        ValueError: the window does not consist of whole months.
    """
    with snapshot() as session:
        return rank_in(session, query)


def rank_in(session: Session, query: RankingQuery) -> Ranking:
    """The same, in a snapshot that the caller holds."""
    catalogue = {row.ordinal: row for row in session.execute(_CATALOGUE)}
    tail = read_tail(session, query)
    facts, reach = _facts(session, tail, query, catalogue)
    found = rules.measure(facts)
    order = rules.order_of(found, facts.base_frequency, query.order)
    cited = [place for place in order.tolist() if found.n[place] and place in catalogue]
    columns = _columns(facts, found, reach)
    rows = [
        RankedDefect(rank=rank, **_named(catalogue[place]), **{name: values[place] for name, values in columns.items()})
        for rank, place in enumerate(cited, start=1)
        if query.category in (None, catalogue[place].category)
    ]
    return _ranking(facts, found, reach, rows)


_CATALOGUE = (
    sa.select(Defect.ordinal, Defect.id, Defect.code, Defect.name, Defect.category, DesignEffect.factor)
    .outerjoin(DesignEffect, DesignEffect.defect_id == Defect.id)
    .order_by(Defect.ordinal)
)


def _facts(session: Session, tail: Answers, query: RankingQuery, catalogue: Mapping[int, Any]) -> tuple[rules.Facts, Reach]:
    defects, covariates = max(catalogue, default=-1) + 1, None
    if query.adjust:
        scores, cube, pairs, covariates = _adjusted(session, tail, query, defects)
    else:
        counts = read_counts(session, tail, query, defects)
        scores, cube, pairs = counts.scores, counts.cube, counts.pairs
    reach = read_reach(session, tail, query, defects)
    factor = np.full(defects, np.nan)
    for ordinal, row in catalogue.items():
        factor[ordinal] = math.nan if row.factor is None else row.factor
    cited = cube.reshape(defects, ROLES, SCORES).sum(axis=1)
    facts = rules.Facts(
        total=scores.reshape(ROLES, SCORES).sum(axis=0),
        cited=cited,
        together=pair_matrix(pairs, defects),
        accounts=_accounts(session, tail, query, cited, reach),
        base_frequency=reach.active / reach.active_accounts if reach.active_accounts else np.full(defects, np.nan),
        factor=factor,
        covariates=covariates,
    )
    return facts, reach


def _accounts(session: Session, tail: Answers, query: RankingQuery, cited: Ints, reach: Reach) -> Ints:
    """Citing accounts for the entry rule. Where accounts have left the segment or region of their answers since, and that could
    keep a defect out, they are counted by the answers."""
    enough = (cited.sum(axis=1) >= MIN_ANSWERS) & (reach.anywhere >= MIN_ACCOUNTS)
    if (enough & (reach.citing < MIN_ACCOUNTS)).any():
        return count_citing(session, tail, query, len(cited))
    return reach.citing


def _adjusted(session: Session, tail: Answers, query: RankingQuery, defects: int) -> tuple[Ints, Ints, Ints, rules.Covariates]:
    """Counts with the cells of the covariates: every month × segment × role that has answers."""
    named = SEGMENT if Adjustment.SEGMENT in query.adjust else 0
    levels, pairs = read_levels(session, tail, query, defects, named)
    keys = list(levels)
    scores = np.array([levels[key].scores for key in keys], np.int64).reshape(-1, ROLES, SCORES)
    cube = np.array([levels[key].cube for key in keys], np.int64).reshape(-1, defects, ROLES, SCORES)
    cited = cube.sum(axis=3).transpose(0, 2, 1).reshape(-1, defects)
    covariates = rules.Covariates(_design(keys, query), scores.reshape(-1, SCORES), cited)
    return scores.sum(axis=0), cube.sum(axis=0), pairs, covariates


def _design(keys: list[GroupKey], query: RankingQuery) -> Ints:
    """One line per level and role; a column for each value of each covariate but the first."""
    cells = [(segment, month, role) for _, segment, _, month in keys for role in range(ROLES)]
    columns = [np.zeros((len(cells), 0), np.int64)]
    for place, adjustment in enumerate((Adjustment.SEGMENT, Adjustment.MONTH, Adjustment.ROLE)):
        if adjustment in query.adjust:
            values, which = np.unique([str(cell[place]) for cell in cells], return_inverse=True)
            columns.append(np.eye(len(values), dtype=np.int64)[which, 1:])
    return np.concatenate(columns, axis=1)


def _columns(facts: rules.Facts, found: rules.Measures, reach: Reach) -> dict[str, list[Any]]:
    """The figures of `RankedDefect` by ordinal, None where they cannot be said."""
    flags = {"provisional": found.provisional, "not_separable": found.not_separable, "rare_but_severe": found.rare_but_severe}
    established = (found.q <= evidence.ESTABLISHED) & (found.points_lost > 0)
    figures: dict[str, NDArray[np.float64]] = {
        "base_frequency": facts.base_frequency,
        "correlation": found.correlation.r,
        "correlation_ci_low": found.correlation.low,
        "correlation_ci_high": found.correlation.high,
        "nps_gap": found.gap,
        "points_lost": found.points_lost,
        "points_lost_ci_low": found.points_lost - found.half_width,
        "points_lost_ci_high": found.points_lost + found.half_width,
        "points_lost_unadjusted": found.unadjusted,
        "p_value": found.p,
        "q_value": found.q,
        "design_effect": np.where(np.isnan(found.points_lost), np.nan, facts.factor),
    }
    return {
        "n": found.n.tolist(),
        "accounts": reach.active.tolist(),
        "frequency": found.frequency.tolist(),
        "revenue_affected": reach.revenue.tolist(),
        "established": established.tolist(),
        **{name: values.tolist() for name, values in flags.items()},
        **{name: _said_all(values) for name, values in figures.items()},
    }


def _ranking(facts: rules.Facts, found: rules.Measures, reach: Reach, rows: list[RankedDefect]) -> Ranking:
    counts = nps.bands(facts.total)
    value = nps.nps(counts)
    low, high = nps.adjusted_wald(counts) if counts.n else (math.nan, math.nan)
    clustered = bool((~np.isnan(facts.factor) & ~np.isnan(found.points_lost)).any())
    return Ranking(
        n=int(counts.n),
        nps=None if value is None else nps.POINTS * value,
        nps_ci_low=said(nps.POINTS * low),
        nps_ci_high=said(nps.POINTS * high),
        nps_without_defects=said(found.without_defects),
        se_method=CLUSTERED if clustered else CLASSICAL,
        active_accounts=reach.active_accounts,
        items=rows,
    )


def _named(row: Any) -> dict[str, Any]:
    return {"defect_id": row.id, "defect": row.code, "name": row.name, "category": row.category}


def said(value: float) -> float | None:
    """A figure, or None where there is none."""
    return None if math.isnan(value) else value


def _said_all(values: NDArray[np.float64]) -> list[float | None]:
    figures = values.astype(object)
    figures[np.isnan(values)] = None
    return figures.tolist()
