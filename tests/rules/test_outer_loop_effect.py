"""Differences of rates: reference values from the literature, and what a verdict needs."""

import numpy as np
import pytest

from feedback.outer_loop.rules.effect import (
    MIN_ANSWERS,
    Change,
    Periods,
    Rate,
    difference,
    difference_of,
    points_change,
    verdict_of,
    wilson,
)
from feedback.outer_loop.rules.states import Verdict

# Newcombe (1998), "Interval estimation for the difference between independent proportions: comparison of eleven methods",
# Statistics in Medicine 17:873-890, table II, method 10 (hybrid score): a/m - b/n and its 95 % interval.
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@pytest.mark.parametrize(("one", "other", "low", "high"), NEWCOMBE)
def test_newcombes_intervals(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    found = difference(Rate(one[1], one[0]), Rate(other[1], other[0]))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_wilsons_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    found = [wilson(cited, n) for cited, n in ((81, 263), (15, 148), (0, 20), (1, 29))]
    expected = [(0.2553, 0.3662), (0.0624, 0.1605), (0.0, 0.1611), (0.0061, 0.1718)]
    assert [(round(low, 4), round(high, 4)) for low, high in found] == expected


def test_a_difference_of_differences_is_that_of_least_squares_in_large_samples() -> None:
    """The interaction of a saturated linear model with White's standard error: sqrt of the sum of p(1-p)/n."""
    cells = [Rate(40_000, 6_000), Rate(50_000, 4_000), Rate(30_000, 4_500), Rate(45_000, 6_600)]
    found = difference_of(difference(cells[1], cells[0]), difference(cells[3], cells[2]))
    error = np.sqrt(sum(cell.share * (1 - cell.share) / cell.n for cell in cells))
    value = (cells[1].share - cells[0].share) - (cells[3].share - cells[2].share)
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == (
        pytest.approx(value - 1.96 * error, abs=2e-5),
        pytest.approx(value + 1.96 * error, abs=2e-5),
    )


def test_points_lost_of_two_rankings() -> None:
    assert points_change((6.0, 3.0, 9.0), (2.0, -2.0, 6.0)) == Change(-4.0, -9.0, 1.0)


def periods(before: tuple[int, int], after: tuple[int, int]) -> Periods:
    return Periods(Rate(before[1], before[0]), Rate(after[1], after[0]))


@pytest.mark.parametrize(
    ("exposed", "others", "verdict"),
    [
        (periods((30, 200), (8, 200)), None, Verdict.FELL),
        (periods((30, 200), (24, 200)), None, Verdict.UNCLEAR),
        (periods((30, 200), (30, 200)), None, Verdict.NOT_FALLEN),
        (periods((30, 200), (45, 200)), None, Verdict.NOT_FALLEN),
        (periods((9, 29), (0, 500)), None, Verdict.TOO_FEW),
        (periods((9, 500), (0, 29)), None, Verdict.TOO_FEW),
        (periods((4, 500), (0, 500)), None, Verdict.TOO_FEW),
        # everybody else's rate fell more: what was done here is not why
        (periods((30, 200), (8, 200)), periods((60, 200), (20, 200)), Verdict.NOT_FALLEN),
        (periods((30, 200), (8, 200)), periods((30, 200), (29, 200)), Verdict.FELL),
        # too few others say nothing
        (periods((30, 200), (8, 200)), periods((9, 20), (0, 20)), Verdict.FELL),
    ],
)
def test_what_may_be_said(exposed: Periods, others: Periods | None, verdict: Verdict) -> None:
    assert verdict_of(exposed, others) is verdict


def test_too_few_answers_have_no_difference() -> None:
    few = MIN_ANSWERS - 1
    assert periods((9, few), (0, 500)).change is None
    assert periods((9, few + 1), (0, 500)).change is not None
