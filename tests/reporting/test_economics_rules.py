"""Lifetime value, its ratio and interval, against published examples, scipy and the log ratio of means."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from feedback.reporting.economics import rules
from feedback.reporting.economics.rules import Cohort, Ratio, Worth, at_stake, by_delta_method, multiple, ratio


def cohort(n: int, stayed: int, money: float = 100.0, *, scatter: float = 0.0, seed: int = 1) -> Cohort:
    noise = np.random.default_rng(seed).normal(0, scatter, n) if scatter else np.zeros(n)
    return Cohort(money + noise, np.arange(n) < stayed)


@pytest.mark.parametrize(
    ("retention", "discount", "expected"), [(0.8, 0.1, 2.67), (0.9, 0.12, 4.09), (0.6, 0.1, 1.2), (0, 0.1, 0)]
)
def test_the_multiple_is_that_of_gupta_and_lehmann(retention, discount, expected):
    assert multiple(retention, discount) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("retention", "discount"), [(1.1, 0.1), (-0.1, 0.1), (0.9, 0)])
def test_what_is_no_retention_or_discount_is_refused(retention, discount):
    with pytest.raises(ValueError, match="0"):
        multiple(retention, discount)


def test_equal_margins_and_retention_of_nine_and_six_tenths_are_three_and_three_quarters():
    found = by_delta_method(cohort(200, 180, scatter=1e-9), cohort(200, 120, scatter=1e-9), 0.1)
    assert found.ratio == pytest.approx(3.75, rel=1e-6)


def test_the_money_part_of_the_interval_is_the_log_ratio_of_means():
    # metafor, escalc("ROM", m1i=120, sd1i=30, n1i=150, m2i=100, sd2i=40, n2i=120): yi 0.1823216, vi 0.00175
    def exact(n: int, mean: float, sd: float) -> Cohort:
        z = np.tile([-1.0, 1.0], n // 2) * math.sqrt((n - 1) / n)
        return Cohort(mean + sd * z, np.ones(n, dtype=bool))

    found = by_delta_method(exact(150, 120, 30), exact(120, 100, 40), 0.1)
    assert math.log(found.ratio) == pytest.approx(0.1823216, abs=1e-6)
    assert ((math.log(found.high) - math.log(found.low)) / 2 / 1.959964) ** 2 == pytest.approx(0.00175, rel=0.001)


def test_the_retention_part_is_the_slope_of_the_log_multiple():
    r, n, discount = 0.8, 500, 0.1
    step = 1e-6
    slope = (math.log(multiple(r + step, discount)) - math.log(multiple(r - step, discount))) / (2 * step)
    one = cohort(n, 400)
    found = by_delta_method(one, one, discount)
    half = math.log(found.high / found.ratio)
    assert half == pytest.approx(1.959964 * math.sqrt(2 * slope**2 * r * (1 - r) / n), rel=1e-6)


TOO_FEW = {
    "29 accounts": cohort(29, 15),
    "nine losses": cohort(200, 191),
    "no money known": Cohort(np.full(200, np.nan), np.arange(200) < 150),
}


@pytest.mark.parametrize("few", TOO_FEW.values(), ids=TOO_FEW)
def test_too_few_say_nothing_on_either_side(few):
    enough = cohort(200, 120, scatter=5)
    assert (ratio(few, enough, 0.1), ratio(enough, few, 0.1)) == (None, None)


def test_thirty_accounts_and_ten_losses_are_enough():
    assert ratio(cohort(30, 20, scatter=5), cohort(30, 20, scatter=5, seed=2), 0.1) is not None


def test_where_everybody_left_there_is_no_ratio():
    assert ratio(cohort(200, 120), cohort(200, 0), 0.1) is None


def test_few_accounts_are_resampled_and_many_are_not():
    assert ratio(cohort(99, 60, scatter=5), cohort(300, 200, scatter=5), 0.1).method == "bca"
    assert ratio(cohort(100, 60, scatter=5), cohort(300, 200, scatter=5), 0.1).method == "delta"


def test_skewed_money_is_resampled():
    money = np.random.default_rng(3).lognormal(4, 1.2, 300)
    assert ratio(Cohort(money, np.arange(300) < 200), cohort(300, 200, scatter=5), 0.1).method == "bca"


def test_resampling_and_the_formula_agree_where_both_may_be_used():
    one, other = cohort(400, 340, 120, scatter=25), cohort(400, 240, 100, scatter=25, seed=2)
    formula, resampled = by_delta_method(one, other, 0.1), rules.resampled(one, other, 0.1)
    assert resampled.ratio == pytest.approx(formula.ratio, rel=1e-9)
    assert np.log([resampled.low, resampled.high]) == pytest.approx(np.log([formula.low, formula.high]), abs=0.05)


def test_the_resampled_interval_is_that_of_scipy():
    random = np.random.default_rng(17)
    one = Cohort(random.lognormal(5, 0.8, 60), random.random(60) < 0.75)
    other = Cohort(random.lognormal(4.5, 0.9, 45), random.random(45) < 0.55)

    def statistic(mine, theirs, axis=-1):
        values = []
        for cohort_, places in ((one, mine), (other, theirs)):
            stayed = cohort_.stayed[places].mean(axis=axis)
            values.append(np.log(cohort_.money[places].mean(axis=axis)) + np.log(stayed / (1.1 - stayed)))
        return values[0] - values[1]

    places = (np.arange(60), np.arange(45))
    theirs = stats.bootstrap(places, statistic, n_resamples=20_000, method="BCa", batch=500, rng=np.random.default_rng(3))
    found = rules.resampled(one, other, 0.1)
    assert np.log([found.low, found.high]) == pytest.approx(list(theirs.confidence_interval), abs=0.04)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    random, hits, rounds = np.random.default_rng(11), 0, 400
    truth = 1.2 * multiple(0.85, 0.1) / multiple(0.6, 0.1)
    for _ in range(rounds):
        one = Cohort(random.normal(120, 30, 150), random.random(150) < 0.85)
        other = Cohort(random.normal(100, 30, 150), random.random(150) < 0.6)
        found = by_delta_method(one, other, 0.1)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / rounds <= 0.98


def test_a_mean_and_its_interval_are_those_of_student():
    values = np.random.default_rng(5).normal(50, 9, 40)
    found = rules.spread(values)
    low, high = stats.t.interval(0.95, 39, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-4)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.5))
def test_who_stays_longer_is_worth_more(one, other, discount):
    lower, higher = sorted((one, other))
    assert multiple(lower, discount) <= multiple(higher, discount)


def test_the_own_ratio_is_used_where_there_is_one_and_the_market_where_not():
    assert rules.worth(Ratio(4.0, 3.1, 5.2, "delta")) == Worth(3.1, 5.2, own=True)
    assert rules.worth(None) == Worth(3.0, 7.0, own=False)


def test_at_stake_is_what_lies_between_detractor_and_promoter():
    assert at_stake(1000.0, Worth(3.0, 7.0, own=False)) == (2000.0, 6000.0)
    assert at_stake(1000.0, Worth(0.8, 1.2, own=True)) == pytest.approx((0.0, 200.0))


def test_a_passive_is_half_the_way():
    assert rules.recovered([(100.0, True), (100.0, False)], Worth(3.0, 7.0, own=False)) == (300.0, 900.0)
