"""NPS of accounts with unequal weights: the fewer decide, the wider the interval."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.defects.rules.nps import MIN_EFFECTIVE, effective_n, of_accounts, weighted

V = np.array([1.0, 1.0, 0.0, -1.0, 0.5, -0.5])
values = st.lists(st.integers(-4, 4).map(lambda quarter: quarter / 4), min_size=3, max_size=30)


def test_equal_weights_have_the_usual_error() -> None:
    # scipy.stats.sem([1, 1, 0, -1, .5, -.5]) = 0.33333333333333337
    assert of_accounts(V, np.full(6, 7.0)) == pytest.approx((1 / 6, 1 / 3))


def test_unequal_weights_by_hand() -> None:
    # weights 3, 2, 1 of v = 1, 0, -1: mean 1/3, effective n 36/14; leave-one-out means -1/3, 1/2, 3/5 give
    # e = 1/2 * 4/3, 1/3 * 1/2, 1/6 * 8/5; jackknife variance 2/3 * (4/9 + 1/36 + 16/225) = 0.362222…; s^2 / n_eff = 14/36 is more
    found = of_accounts(np.array([1.0, 0.0, -1.0]), np.array([3.0, 2.0, 1.0]))
    assert found == pytest.approx((1 / 3, math.sqrt(14 / 36)))


def test_a_large_account_that_differs_widens_by_the_jackknife() -> None:
    # weights 2, 1, 1, 1, 1 of v = -1 and four times 1: without the first 1, so e = 1/3 * 2; without another one 1/5,
    # so e = 1/6 * 4/5, four times; 4/5 * (4/9 + 4 * 4/225) = 0.412444…; s^2 / n_eff = 0.8 / 4.5 is less
    found = of_accounts(np.array([-1.0, 1, 1, 1, 1]), np.array([2.0, 1, 1, 1, 1]))
    assert found == pytest.approx((1 / 3, math.sqrt(0.8 * (4 / 9 + 16 / 225))))


def test_few_accounts_that_agree_prove_little() -> None:
    # adjusted Wald of three promoters without its shift: √1.5 / 6
    assert of_accounts(np.ones(3), np.ones(3)).error == pytest.approx(math.sqrt(1.5) / 6)


def test_one_account_with_nearly_all_the_weight_says_nothing_about_the_others() -> None:
    weights = np.array([99.0 * 5, 1, 1, 1, 1, 1])
    assert effective_n(weights) < MIN_EFFECTIVE
    assert weighted(V, weights).interval()[0] > 0.9  # what made it look certain
    assert of_accounts(V, weights).interval() == (-1.0, 1.0)


def test_a_single_account_has_no_limits() -> None:
    assert of_accounts(np.array([0.5]), np.array([3.0])).interval() == (-1.0, 1.0)


@given(values, st.lists(st.floats(1, 1000), min_size=2, max_size=8))
def test_the_error_never_shrinks_as_one_account_takes_more_weight(found: list[float], growing: list[float]) -> None:
    v, errors = np.array(found), []
    for weight in [1.0, *sorted(growing)]:
        weights = np.ones(len(v))
        weights[0] = weight
        errors.append(of_accounts(v, weights).error)
    assert all(after >= before * (1 - 1e-9) for before, after in pairwise(errors))


@given(values, st.data())
def test_the_error_is_at_least_that_of_so_many_equal_accounts(found: list[float], data: st.DataObject) -> None:
    v = np.array(found)
    weights = np.array(data.draw(st.lists(st.floats(0.01, 100), min_size=len(v), max_size=len(v))))
    assert of_accounts(v, weights).error >= float(v.std(ddof=1)) / math.sqrt(effective_n(weights)) * (1 - 1e-9)
