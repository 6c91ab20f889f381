"""Fisher's test as R and scipy compute it, and how far an NPS could go with those who were taken off."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio

from feedback.listening.rules.honesty import Selection, fisher, nps_with, selection_test

COUNT = st.integers(0, 40)


def test_the_tea_lady_of_r() -> None:
    """`fisher.test(matrix(c(3, 1, 1, 3), 2))` in R, which finds the upper end to four decimals of its inverse."""
    found = fisher(3, 1, 1, 3)
    assert found.p == pytest.approx(0.4857, abs=5e-5)
    assert found.odds == pytest.approx(6.408309, rel=1e-4)
    assert found.low == pytest.approx(0.2117329, rel=1e-4)
    assert 1 / found.high == pytest.approx(1 / 621.9337505, abs=1.3e-4)


def test_the_convictions_of_r() -> None:
    """`fisher.test(Convictions)` in R's own examples."""
    found = fisher(2, 10, 15, 3)
    assert found.p == pytest.approx(0.0005367, abs=5e-8)
    assert found.odds == pytest.approx(0.04693661, rel=1e-4)
    assert (found.low, found.high) == (pytest.approx(0.003325764, abs=1.3e-4), pytest.approx(0.363182271, rel=1e-3))


@given(COUNT, COUNT, COUNT, COUNT)
def test_it_is_what_scipy_says(a: int, b: int, c: int, d: int) -> None:
    found = fisher(a, b, c, d)
    assert found.p == pytest.approx(fisher_exact([[a, b], [c, d]]).pvalue, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("table", [(5, 1, 9, 40), (1, 7, 30, 12), (4, 4, 4, 4), (12, 3, 80, 300)])
def test_the_interval_is_what_scipy_says(table: tuple[int, int, int, int]) -> None:
    found, other = fisher(*table), odds_ratio([list(table[:2]), list(table[2:])], kind="conditional")
    interval = other.confidence_interval(0.95)
    assert found.odds == pytest.approx(other.statistic, rel=1e-5)
    assert (found.low, found.high) == (pytest.approx(interval.low, rel=1e-4), pytest.approx(interval.high, rel=1e-4))


def test_a_table_without_exceptions_has_an_open_end() -> None:
    found = fisher(5, 0, 10, 30)
    assert math.isinf(found.odds)
    assert math.isinf(found.high)
    assert found.low > 1
    other = fisher(0, 5, 10, 30)
    assert (other.odds, other.low) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("seen", "enough"), [(Selection(2, 0, 50, 50), False), (Selection(3, 0, 3, 3), False), (Selection(3, 0, 3, 4), True)]
)
def test_too_few_are_not_tested(seen: Selection, enough: bool) -> None:
    assert (selection_test(seen) is not None) is enough


def test_an_nps_with_those_who_were_taken_off() -> None:
    bounds = nps_with([10, 9, 7, 2], [3, 6, None])
    assert bounds is not None
    assert bounds.seen == pytest.approx(25.0)
    assert bounds.as_before == pytest.approx(100 * (1 - 2) / 6)
    assert (bounds.low, bounds.high) == (pytest.approx(100 * -2 / 7), pytest.approx(0.0))
    assert nps_with([], [3]) is None
    assert bounds is not None
    assert bounds.interval[0] < bounds.seen < bounds.interval[1]


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30), st.lists(st.none() | st.integers(0, 10), max_size=10))
def test_the_bounds_hold_whatever_they_would_say(answers: list[int], prior: list[int | None]) -> None:
    bounds = nps_with(answers, prior)
    assert bounds is not None
    for said in (0, 8, 10):
        whole = answers + [said if score is None else score for score in prior]
        value = 100 * (sum(score >= 9 for score in whole) - sum(score <= 6 for score in whole)) / len(whole)
        assert bounds.low - 1e-9 <= value <= bounds.high + 1e-9
