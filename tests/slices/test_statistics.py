"""The statistics are exact after any interleaving of appending, folding, deleting and correcting."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import product

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from feedback.defects.models import ScoreTail
from feedback.defects.packing.counts import pair_matrix
from feedback.defects.reading import read_counts, read_scores_by, read_tail
from feedback.defects.rules.reports import AnswerFilter
from feedback.defects.statistics import append_answers, fold_all
from feedback.defects.strata import SEGMENT
from feedback.kernel.db import Model
from tests.statistics_oracle import (
    Raw,
    columns,
    counted,
    counted_accounts,
    counted_reach,
    statistics_tables,
    stored_accounts,
    stored_reach,
)

JANUARY = 12 * 2025
DEFECTS = 6

raw = st.builds(
    Raw,
    month=st.integers(JANUARY - 2, JANUARY + 13),
    survey=st.sampled_from([1, 7]),
    segment=st.sampled_from(["", "SME"]),
    region=st.sampled_from(["", "west", "east"]),
    account=st.integers(1, 700),
    role=st.integers(0, 2),
    score=st.integers(0, 10),
    defects=st.lists(st.integers(0, DEFECTS - 1), max_size=4, unique=True).map(tuple),
)
# what happens next: answers come, the tail is folded, stored answers (named by any numbers) go, or are corrected
step = st.one_of(
    st.tuples(st.just("append"), st.lists(raw, min_size=1, max_size=6)),
    st.tuples(st.just("fold"), st.none()),
    st.tuples(st.just("delete"), st.lists(st.integers(0, 10_000), min_size=1, max_size=3)),
    st.tuples(st.just("correct"), st.tuples(st.integers(0, 10_000), raw)),
)
filters = [
    AnswerFilter(start=start, stop=stop, survey_id=survey, segment=segment, region=region)
    for (start, stop), survey, segment, region in product(
        [(None, None), (date(2025, 1, 1), date(2026, 1, 1)), (date(2025, 2, 1), date(2025, 3, 1))],
        [None, 7],
        [None, "", "SME"],
        [None, "west"],
    )
]


@contextmanager
def _database() -> Iterator[Session]:
    engine = sa.create_engine("sqlite://")
    Model.metadata.create_all(engine, tables=statistics_tables())
    with Session(engine) as session:
        yield session
    engine.dispose()


def _take(rows: list[Raw], numbers: list[int]) -> list[Raw]:
    return [rows.pop(number % len(rows)) for number in numbers if rows]


def _append(session: Session, rows: list[Raw], more: list[Raw]) -> None:
    append_answers(session, columns(more))
    rows += more


def _delete(session: Session, rows: list[Raw], numbers: list[int]) -> None:
    append_answers(session, columns([], _take(rows, numbers)))


def _correct(session: Session, rows: list[Raw], change: tuple[int, Raw]) -> None:
    append_answers(session, columns([change[1]], _take(rows, [change[0]])))
    rows.append(change[1])


STEPS = {"append": _append, "delete": _delete, "correct": _correct, "fold": lambda session, *_: fold_all(session)}


def _run(session: Session, steps: list[tuple]) -> list[Raw]:
    rows: list[Raw] = []
    for name, what in steps:
        STEPS[name](session, rows, what)
    return rows


@settings(max_examples=60)
@given(st.lists(step, max_size=12))
def test_every_filter_is_exact_at_any_moment(steps: list[tuple]) -> None:
    with _database() as session:
        rows = _run(session, steps)
        for query in filters:
            found = read_counts(session, read_tail(session, query), query, DEFECTS)
            scores, cube, together = counted([row for row in rows if row.passes(query)], DEFECTS)
            np.testing.assert_array_equal(found.scores.reshape(3, 11), scores)
            np.testing.assert_array_equal(found.cube.reshape(DEFECTS, 3, 11), cube)
            np.testing.assert_array_equal(pair_matrix(found.pairs, DEFECTS), together)


@settings(max_examples=40)
@given(st.lists(step, max_size=12))
def test_accounts_and_reach_are_exact_after_the_fold(steps: list[tuple]) -> None:
    with _database() as session:
        rows = _run(session, [*steps, ("fold", None)])
        assert stored_accounts(session) == counted_accounts(rows)
        assert stored_reach(session) == counted_reach(rows)
        assert session.scalar(sa.select(sa.func.count(ScoreTail.id))) == 0


@settings(max_examples=30)
@given(st.lists(step, max_size=8))
def test_segments_of_each_month_are_exact(steps: list[tuple]) -> None:
    query = AnswerFilter(region="west")
    with _database() as session:
        rows = _run(session, steps)
        found = read_scores_by(session, read_tail(session, query), query, SEGMENT)
    expected: dict[tuple, int] = {}
    for row in rows:
        if row.region == "west":
            key = (0, row.segment, "", row.month)
            expected[key] = expected.get(key, 0) + row.score
    weights = np.tile(np.arange(11), 3)
    sums = {key: int(scores @ weights) for key, scores in found.items() if scores.any()}
    assert {key: total for key, total in sums.items() if total} == {key: total for key, total in expected.items() if total}


def test_taking_back_what_was_never_counted_is_refused() -> None:
    row = Raw(JANUARY, 1, "", "", 1, 0, 9, (1,))
    with _database() as session, pytest.raises(ValueError, match="not counted"):
        append_answers(session, columns([], [row]))


def test_a_long_tail_of_short_lists_folds_itself() -> None:
    rows = [Raw(JANUARY, 1, "", "", 1 + number, 0, 9, ()) for number in range(1030)]
    with _database() as session:
        for row in rows:
            append_answers(session, columns([row]))
        assert session.scalar(sa.select(sa.func.count(ScoreTail.id))) == 6
        assert read_counts(session, read_tail(session, AnswerFilter()), AnswerFilter(), 1).scores.sum() == 1030
