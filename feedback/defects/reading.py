"""Reading counts at a filter: stored rows of the right grain plus the live tail, from one snapshot."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from feedback.defects.models import AccountGrain, ScoreGrain, ScoreTail
from feedback.defects.packing import Answers, unpack_answers
from feedback.defects.packing.counts import CELLS, Ints, add_counts, pairs_length
from feedback.defects.packing.tally import cells, citations, cited_pairs
from feedback.defects.rules.months import window
from feedback.defects.rules.reports import AnswerFilter
from feedback.defects.strata import REGION, SEGMENT, SURVEY, GroupKey, strata_of


@dataclass(frozen=True, slots=True)
class Counts:
    """scores: role × score of all answers, flat; cube: one such line per ordinal, flat; pairs: triangular."""

    scores: Ints
    cube: Ints
    pairs: Ints

    @classmethod
    def empty(cls, defects: int, *, with_pairs: bool = True) -> "Counts":
        """No answers."""
        shapes = (CELLS, defects * CELLS, pairs_length(defects) if with_pairs else 0)
        return cls(*(np.zeros(shape, np.int64) for shape in shapes))


def read_tail(session: Session, query: AnswerFilter) -> Answers:
    """Those answers of the live tail that pass the filter."""
    packed = session.execute(sa.select(ScoreTail.packed).order_by(ScoreTail.id)).scalars()
    return filtered(unpack_answers(packed), query)


def filtered(answers: Answers, query: AnswerFilter) -> Answers:
    """The answers that pass the filter."""
    first, after = window(query.start, query.stop)
    mask = np.ones(len(answers), np.bool_)
    if first is not None:
        mask &= answers.month >= first
    if after is not None:
        mask &= answers.month < after
    if query.survey_id is not None:
        mask &= answers.survey == query.survey_id
    if query.segment is not None:
        mask &= answers.segment == _place(answers.segments, query.segment)
    if query.region is not None:
        mask &= answers.region == _place(answers.regions, query.region)
    return answers.where(mask)


def read_counts(session: Session, tail: Answers, query: AnswerFilter, defects: int) -> Counts:
    """All counts at a filter, for ordinals below `defects`."""
    total = Counts.empty(defects)
    columns = (ScoreGrain.scores, ScoreGrain.cube, ScoreGrain.pairs)
    for scores, cube, pairs in session.execute(sa.select(*columns).where(*_conditions(query, 0))):
        add_counts(total.scores, scores)
        add_counts(total.cube, cube)
        add_counts(total.pairs, pairs)
    _add_tail(total, tail)
    return total


def read_levels(
    session: Session, tail: Answers, query: AnswerFilter, defects: int, named: int
) -> tuple[dict[GroupKey, Counts], Ints]:
    """Scores and cube for each month and each value of what the bits `named` name; the pairs of all of them together."""
    found: dict[GroupKey, Counts] = defaultdict(lambda: Counts.empty(defects, with_pairs=False))
    pairs_total = Counts.empty(defects)
    columns = (*_LEVEL, ScoreGrain.scores, ScoreGrain.cube, ScoreGrain.pairs)
    for *level, scores, cube, pairs in session.execute(sa.select(*columns).where(*_conditions(query, named))):
        counts = found[_only_named(tuple(level), named)]
        add_counts(counts.scores, scores)
        add_counts(counts.cube, cube)
        add_counts(pairs_total.pairs, pairs)
    for key, mask in _tail_levels(tail, named):
        _add_tail(found[key], tail.where(mask))
    _add_tail(pairs_total, tail)
    return dict(found), pairs_total.pairs


def read_scores_by(session: Session, tail: Answers, query: AnswerFilter, named: int) -> dict[GroupKey, Ints]:
    """Role × score of all answers at a filter, for each month and each value of what the bits `named` name."""
    found: dict[GroupKey, Ints] = defaultdict(lambda: np.zeros(CELLS, np.int64))
    rows = session.execute(sa.select(*_LEVEL, ScoreGrain.scores).where(*_conditions(query, named)))
    for *level, scores in rows:
        add_counts(found[_only_named(tuple(level), named)], scores)
    for label, mask in _tail_levels(tail, named):
        found[label] += _counted(cells(tail)[mask], tail.sign[mask], CELLS)
    return dict(found)


def account_conditions(query: AnswerFilter) -> list[Any]:
    """Which stored rows of the counts per account."""
    wanted = (
        (AccountGrain.survey_id, query.survey_id),
        (AccountGrain.segment, query.segment),
        (AccountGrain.region, query.region),
    )
    return [*_within(query, AccountGrain.month), *(column == value for column, value in wanted if value is not None)]


_LEVEL = (ScoreGrain.survey_id, ScoreGrain.segment, ScoreGrain.region, ScoreGrain.month)


def _conditions(query: AnswerFilter, named: int) -> list[Any]:
    """Which stored rows: the grain that names what the filter or the caller names."""
    wanted = ((SURVEY, ScoreGrain.survey_id, query.survey_id), (SEGMENT, ScoreGrain.segment, query.segment))
    conditions: list[Any] = []
    for bit, column, value in (*wanted, (REGION, ScoreGrain.region, query.region)):
        if value is not None:
            named |= bit
            conditions.append(column == value)
        elif not named & bit:
            conditions.append(column == (0 if bit == SURVEY else ""))
    return [ScoreGrain.grain == named, *conditions, *_within(query, ScoreGrain.month)]


def _within(query: AnswerFilter, month: Any) -> list[Any]:
    first, after = window(query.start, query.stop)
    bounds = [month >= first] if first is not None else []
    return bounds + ([month < after] if after is not None else [])


def _only_named(level: tuple[Any, ...], named: int) -> GroupKey:
    survey, segment, region, month = level
    return survey if named & SURVEY else 0, segment if named & SEGMENT else "", region if named & REGION else "", month


def _tail_levels(tail: Answers, named: int) -> list[tuple[GroupKey, NDArray[np.bool_]]]:
    """The levels that occur in the tail, and which answers are at each."""
    if not len(tail):
        return []
    strata = strata_of(tail)
    groups, group_of = strata.grouped(named)
    group = group_of[strata.of]
    return [(level, group == place) for place, level in enumerate(groups)]


def _add_tail(total: Counts, tail: Answers) -> None:
    if not len(tail):
        return
    total.scores[:] += _counted(cells(tail), tail.sign, CELLS)
    for counts, places_of in ((total.cube, citations), (total.pairs, cited_pairs)):
        row, place = places_of(tail)
        counts[:] += _counted(place, tail.sign[row], len(counts))


def _counted(place: Ints, sign: Ints, length: int) -> Ints:
    inside = place < length  # a defect may be younger than the catalogue that was read
    return np.bincount(place[inside], weights=sign[inside], minlength=length).astype(np.int64)[:length]


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -1
