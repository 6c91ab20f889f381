"""Points lost from cross-products, against published figures and a least-squares fit on the raw rows."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from feedback.defects.rules.fit import CrossProducts, Fit, entering, least_squares, points_lost

# CRAN NPS testdata, vectors defect.patterns and defect.relimp: 1, v, d1…d4 over 1,000 answers
ROCKS = CrossProducts(
    n=1000,
    x=np.array([157, 259, 222, 340]),
    xx=np.array([[157, 99, 77, 94], [99, 259, 180, 221], [77, 180, 222, 178], [94, 221, 178, 340]]),
    xv=np.array([-117, -188, -145, -150]),
    v=100,
    vv=824,
)


def _sums(x: np.ndarray, v: np.ndarray) -> CrossProducts:
    return CrossProducts(len(v), x.sum(axis=0), x.T @ x, x.T @ v, int(v.sum()), int(v @ v))


def _fit(x: np.ndarray, v: np.ndarray, covariates: int = 0) -> Fit:
    found = least_squares(_sums(x, v), covariates)
    assert found is not None
    return found


def _raw(seed: int, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = (rng.random((n, k)) < rng.uniform(0.02, 0.4, k)).astype(np.int64)
    x[:, -1] |= x[:, 0] & (rng.random(n) < 0.6)
    latent = 0.7 - x @ rng.uniform(0, 1.2, k) + rng.normal(0, 0.8, n)
    return x, np.sign(np.where(np.abs(latent) < 0.3, 0, latent)).astype(np.int64)


def test_published_waterfall() -> None:
    found = least_squares(ROCKS)
    assert found is not None
    lost = points_lost(ROCKS.x / 1000, found.coefficient)
    assert [found.intercept, *lost] == pytest.approx([48.6, 9.1, 15.9, 5.6, 8.0], abs=0.05)
    assert found.intercept - lost.sum() == pytest.approx(10.0, abs=1e-12)


def test_published_share_explained() -> None:
    found = least_squares(ROCKS)
    assert found is not None
    explained = found.coefficient @ (ROCKS.xv - ROCKS.x * ROCKS.v / 1000) / 100
    assert explained / (824 - 100**2 / 1000) == pytest.approx(0.360879712322436, abs=1e-12)  # relaimpo 2.2-7


@given(st.integers(0, 10**6), st.integers(60, 400), st.integers(1, 12))
def test_equals_least_squares_on_raw_rows(seed: int, n: int, k: int) -> None:
    x, v = _raw(seed, n, k)
    design = np.column_stack((np.ones(n), x))
    beta, _, rank, _ = np.linalg.lstsq(design, 100.0 * v, rcond=None)
    assume(rank == k + 1)
    found = _fit(x, v)
    residual = 100.0 * v - design @ beta
    error = np.sqrt(residual @ residual / (n - k - 1) * np.diag(np.linalg.inv(design.T @ design)))
    assert [found.intercept, *found.coefficient] == pytest.approx(beta, rel=1e-9, abs=1e-9)
    assert found.error == pytest.approx(error[1:], rel=1e-9, abs=1e-9)


@given(st.integers(0, 10**6), st.integers(40, 300), st.integers(1, 8))
def test_nps_is_the_intercept_minus_all_points_lost(seed: int, n: int, k: int) -> None:
    x, v = _raw(seed, n, k)
    found = _fit(x, v)
    assert found.intercept - np.nansum(points_lost(x.mean(axis=0), found.coefficient)) == pytest.approx(100 * v.mean(), abs=1e-9)


def test_one_reason_per_answer_leaves_the_least_frequent_out() -> None:
    reason = np.repeat(np.arange(4), [50, 10, 20, 30])
    found = _fit(np.eye(4, dtype=np.int64)[reason], np.tile([1, 0, -1, -1, 1], 22))
    assert found.kept.tolist() == [True, False, True, True]
    assert np.isnan(found.coefficient).tolist() == [False, True, False, False]


def test_twins_keep_one() -> None:
    x, v = _raw(1, 200, 3)
    found = _fit(x[:, [0, 1, 1, 2]], v)
    assert found.kept.tolist() == [True, True, False, True]
    assert found.coefficient[found.kept] == pytest.approx(_fit(x, v).coefficient, rel=1e-9)


def test_a_defect_that_everybody_cites_is_not_separable() -> None:
    x, v = _raw(2, 100, 2)
    assert _fit(np.column_stack((x, np.ones(100, np.int64))), v).kept.tolist() == [True, True, False]


def test_covariates_stay_and_the_intercept_is_at_their_mean() -> None:
    x, v = _raw(3, 500, 3)
    group = np.arange(500) % 3
    dummies = np.eye(3, dtype=np.int64)[group][:, 1:]
    found = _fit(np.column_stack((dummies, x)), v, covariates=2)
    centred = dummies - dummies.mean(axis=0)
    beta = np.linalg.lstsq(np.column_stack((np.ones(500), centred, x)), 100.0 * v, rcond=None)[0]
    assert [found.intercept, *found.coefficient] == pytest.approx(beta, rel=1e-9)


def test_a_defect_that_is_a_covariate_is_not_separable() -> None:
    x, v = _raw(4, 300, 2)
    group = (np.arange(300) % 2)[:, None]
    assert _fit(np.column_stack((group, x, group)), v, covariates=1).kept.tolist() == [True, True, True, False]


def test_no_fit_without_more_answers_than_columns() -> None:
    assert least_squares(_sums(np.eye(3, dtype=np.int64)[:, :2], np.array([1, 0, -1]))) is None


def test_entry_needs_ten_answers_from_five_accounts() -> None:
    assert entering(np.array([9, 10, 10, 40]), np.array([9, 4, 5, 20]), 1000).tolist() == [False, False, True, True]


def test_no_more_columns_than_a_tenth_of_the_answers() -> None:
    n_cited = np.array([12, 15, 12, 11])
    assert entering(n_cited, np.full(4, 9), 29).tolist() == [True, True, False, False]
