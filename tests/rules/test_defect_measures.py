"""What one defect says by itself, against R 4.2.2 on CRAN NPS testdata (vector defect.cube), scipy, and identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from feedback.defects.rules.evidence import q_values
from feedback.defects.rules.measures import fisher_interval, nps_gap, point_biserial, points_lost_unadjusted

TOTAL = np.array([74, 10, 22, 35, 40, 140, 41, 57, 119, 227, 235])
CITED = np.array(
    [
        [54, 7, 14, 8, 18, 24, 5, 8, 6, 5, 8],
        [70, 9, 15, 22, 21, 64, 11, 11, 12, 16, 8],
        [58, 5, 12, 13, 17, 57, 10, 11, 12, 19, 8],
        [64, 8, 14, 23, 22, 79, 16, 18, 20, 45, 31],
    ]
)
histogram = arrays.arrays(np.int64, 11, elements=st.integers(0, 40))


def test_correlation_with_the_score_and_its_interval() -> None:
    found = point_biserial(CITED, TOTAL)
    assert found.r == pytest.approx([-0.535086384782831, -0.634703190548093, -0.516469847005202, -0.485861995181684], abs=1e-6)
    assert found.low == pytest.approx([-0.577909260993033, -0.670321013204708, -0.560516558174884, -0.531836129440535], abs=1e-6)
    assert found.high == pytest.approx([-0.489325022840456, -0.596167639737836, -0.469509305872388, -0.437032363652988], abs=1e-6)


@pytest.mark.parametrize(
    ("r", "n", "low", "high"),
    [  # vector corr.fisherz, psych::r.con
        (0.5, 30, 0.1704313651118, 0.728958556388355),
        (-0.3, 25, -0.62146311501098, 0.107924148505575),
        (0.1, 500, 0.0124183092382633, 0.186059025120254),
        (-0.6347, 1000, -0.670318071007357, -0.596164195762475),
    ],
)
def test_fisher_interval(r: float, n: int, low: float, high: float) -> None:
    assert fisher_interval(np.array(r), n) == pytest.approx((low, high), abs=1e-9)


def test_gap_and_unadjusted_points_lost() -> None:
    assert nps_gap(CITED, TOTAL) == pytest.approx([100.263692756383, 111.453269348006, 96.8063178860094, 81.9964349376114])
    lost = [15.7413997627521, 28.8663967611336, 21.4910025706941, 27.8787878787879]
    assert points_lost_unadjusted(CITED, TOTAL) == pytest.approx(lost)


@given(histogram, histogram)
def test_correlation_equals_scipy_on_raw_rows(cited: np.ndarray, rest: np.ndarray) -> None:
    total = cited + rest
    found = point_biserial(cited[None, :], total).r[0]
    scores = np.concatenate((np.repeat(np.arange(11), cited), np.repeat(np.arange(11), rest)))
    present = np.repeat([1, 0], [cited.sum(), rest.sum()])
    defined = len(scores) > 1 and np.ptp(scores) > 0 and np.ptp(present) > 0
    expected = stats.pointbiserialr(present, scores).statistic if defined else np.nan
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(histogram, histogram)
def test_points_lost_are_frequency_times_gap(cited: np.ndarray, rest: np.ndarray) -> None:
    total = cited + rest
    frequency = cited.sum() / max(total.sum(), 1)
    expected = frequency * nps_gap(cited[None, :], total)[0]
    lost = points_lost_unadjusted(cited[None, :], total)[0]
    # who nobody or everybody cites has no gap; without citations the loss is nevertheless 0
    assert lost == pytest.approx(expected if cited.sum() else lost, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("cited", [np.zeros(11, int), TOTAL], ids=["by nobody", "by everybody"])
def test_no_correlation_and_no_gap_without_a_comparison(cited: np.ndarray) -> None:
    assert np.isnan(point_biserial(cited[None, :], TOTAL).r[0])
    assert np.isnan(nps_gap(cited[None, :], TOTAL)[0])


def test_no_correlation_when_all_scores_are_equal() -> None:
    total = np.eye(11, dtype=int)[4] * 20
    assert np.isnan(point_biserial((total // 2)[None, :], total).r).all()


def test_false_discovery_rate() -> None:
    # Benjamini & Hochberg 1995 example; adjusted by R p.adjust, vector fdr.bh1995
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1]
    q = [
        0.0015,
        0.003,
        0.0095,
        0.035625,
        0.0603,
        0.0638571428571429,
        0.0638571428571429,
        0.0645,
        0.0765,
        0.486,
        0.581181818181818,
    ]
    assert q_values(np.array([*p[::-1], np.nan]))[::-1] == pytest.approx(
        [np.nan, *q, 0.714875, 0.753230769230769, 0.813214285714286, 1], nan_ok=True
    )
