"""The seasonal baseline against numbers from outside, and what must hold for any history."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from feedback.selling.spend.cadence import gaps_of_months, overdue
from feedback.selling.spend.seasonal import (
    centre_and_scale,
    is_alarm,
    judge,
    judge_with_season,
    median,
    middle_of_six,
    season_of_peers,
)
from tests.rules.data.air_passengers import AIR_PASSENGERS

AIR = np.log(np.array(AIR_PASSENGERS, dtype=float))[:, None]


def test_the_forecast_by_the_year_before_is_that_of_the_reference():
    found = judge(AIR, years=1)
    last = (np.exp(found.forecast[-1, 0]), found.centre[-1, 0], found.scale[-1, 0])
    assert last == pytest.approx((451.49156595612664, -0.01145105281967762, 0.0328418597447573), abs=1e-9)
    assert AIR[-1, 0] - found.forecast[-1, 0] == pytest.approx(-0.044131104385579434, abs=1e-9)


@pytest.mark.parametrize("years", [1, 2, 3])
def test_passengers_of_an_airline_raise_no_alarm_in_114_months(years):
    found = judge(AIR, years=years)
    assert (~np.isnan(found.z)).sum() == 114
    assert not found.alarm.any()


def test_a_plain_comparison_with_the_last_three_months_raises_fifteen():
    spend = np.exp(AIR[:, 0])
    found = [month for month in range(3, 144) if spend[month] < 0.8 * spend[month - 3 : month].mean()]
    assert found == [10, 22, 58, 70, 82, 93, 94, 105, 106, 117, 118, 129, 130, 141, 142]


@pytest.mark.parametrize("month", range(30, 144, 3))
def test_a_drop_by_thirty_per_cent_is_seen_in_its_month(month):
    dropped = AIR[: month + 1].copy()
    dropped[-1] += np.log(0.7)
    assert judge(dropped).alarm[-1, 0]


def test_one_large_order_a_year_ago_is_no_drop_today():
    spend = AIR.copy()
    spend[-13] += np.log(3)
    assert not judge(spend).alarm[-1, 0]


def test_a_drop_stays_one_until_somebody_says_that_it_is_the_new_level():
    spend = AIR.copy()
    spend[-24:] += np.log(0.6)
    assert judge(spend).alarm[-24:, 0].sum() > 20
    settled = np.zeros(spend.shape, dtype=bool)
    settled[-24:] = True
    assert judge(spend, settled=settled).alarm[-12:, 0].sum() == 0


def test_a_month_that_nobody_booked_is_forecast_and_not_judged():
    spend, unknown = AIR.copy(), np.zeros(AIR.shape, dtype=bool)
    spend[-1], unknown[-1] = 0.0, True
    found = judge(spend, unknown=unknown)
    assert np.isnan(found.z[-1, 0])
    assert not found.alarm[-1, 0]


def test_a_drop_of_too_little_money_is_none():
    dropped = AIR.copy()
    dropped[-1] += np.log(0.6)
    assert [bool(judge(dropped, least_money=least).alarm[-1, 0]) for least in (100.0, 250.0)] == [True, False]


@pytest.mark.parametrize(
    ("z", "shortfall", "alarm"),
    [
        ([0, 0, -3.0], [0, 0, 0.20], True),
        ([0, 0, -3.0], [0, 0, 0.19], False),
        ([0, 0, -2.9], [0, 0, 0.30], False),
        ([0, -2.0, -2.0], [0, 0.15, 0.15], True),
        ([0, -2.0, -1.9], [0, 0.15, 0.15], False),
        ([-1.8, -1.8, -1.7], [0.15, 0.15, 0.15], True),
        ([-1.8, -1.8, -1.7], [0.14, 0.15, 0.15], False),
    ],
)
def test_the_three_conditions_of_an_alarm(z, shortfall, alarm):
    assert bool(is_alarm(np.array(z)[:, None], np.array(shortfall)[:, None])[0]) is alarm


@given(arrays.arrays(np.float64, (6, 4), elements=st.floats(-50, 50)))
def test_the_middle_of_six_is_their_median(rows):
    assert middle_of_six(rows) == pytest.approx(np.median(rows, axis=0))


@given(arrays.arrays(np.float64, st.tuples(st.integers(1, 13), st.just(3)), elements=st.floats(-50, 50) | st.just(np.nan)))
def test_the_median_leaves_out_what_is_not_known(rows):
    known = [column[~np.isnan(column)] for column in rows.T]
    expected = [np.median(column) if len(column) else np.nan for column in known]
    assert median(rows) == pytest.approx(expected, nan_ok=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 3.0))
def test_less_spend_never_ends_an_alarm(seed, less):
    months = np.random.default_rng(seed).normal(size=(50, 20)) * 0.1 + 9
    lower = months.copy()
    lower[-1] -= less
    assert not (judge(months).alarm[-1] & ~judge(lower).alarm[-1]).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1000))
def test_the_currency_does_not_matter_and_accounts_do_not_touch_each_other(seed, factor):
    months = np.random.default_rng(seed).normal(size=(48, 6)) * 0.2 + 9
    together, scaled = judge(months), judge(months + np.log(factor))
    alone = np.hstack([judge(months[:, [place]]).z for place in range(6)])
    assert together.z == pytest.approx(alone, nan_ok=True)
    assert together.z == pytest.approx(scaled.z, nan_ok=True, abs=1e-6)


def test_the_season_of_peers_tells_a_young_accounts_season_from_a_drop():
    season = 0.4 * np.sin(np.arange(48) / 12 * 2 * np.pi)
    peers = np.tile(season[:, None], (1, 4)) + np.arange(4) + 0.01 * np.random.default_rng(1).normal(size=(48, 4))
    usual = season_of_peers(peers)
    own = season[-19:, None] + 9 + 0.01 * np.random.default_rng(2).normal(size=(19, 1))
    by_month = np.array([usual[(18 - row) % 12] for row in range(19)])[:, None]
    dropped = own.copy()
    dropped[-1] -= 0.4
    assert [bool(judge_with_season(one, by_month).alarm[-1, 0]) for one in (own, dropped)] == [False, True]


@pytest.mark.parametrize(("silent", "late"), [(79, False), (81, True)])
def test_the_next_order_is_overdue_after_four_usual_pauses(silent, late):
    gaps = np.array([[20.0], [20], [20], [19], [21], [25]])
    assert [bool(one[0]) for one in overdue(gaps, np.array([float(silent)]))] == [True, late]


def test_five_pauses_are_too_few_to_tell():
    assert not overdue(np.full((5, 1), 20.0), np.array([999.0]))[0][0]


def test_the_pauses_of_a_ledger_are_between_months_with_spend():
    gaps, since = gaps_of_months(np.array([[np.nan], [5.0], [0.0], [5.0], [5.0], [0.0], [0.0]]))
    assert [round(gap) for gap in gaps[~np.isnan(gaps)]] == [61, 30]
    assert round(since[0]) == 61


def test_the_scale_has_a_floor():
    centre, scale = centre_and_scale(np.zeros((12, 1)))
    assert (centre[0], scale[0]) == (0.0, 0.02)
