"""Design effects against the sandwich on the raw rows, and what the ranking does with them."""

from collections.abc import Sequence

import numpy as np
import pytest
from flask import Flask

from feedback.defects.design_effects import compute_design_effects
from feedback.defects.packing.counts import pair_of, pair_place
from feedback.defects.ranking import rank_defects
from feedback.defects.rules import RankingQuery
from feedback.defects.statistics import append_answers, fold_all
from feedback.uow import transaction
from jobs import compute_design_effects as job
from tests.factories import make_account, make_defect
from tests.statistics_oracle import Raw, columns

JANUARY = 12 * 2025
DEFECTS = 4
VALUES = np.array([-1] * 7 + [0, 0, 1, 1])


def _raw_answers(accounts: Sequence[int]) -> list[Raw]:
    """Accounts have moods and pet defects, so their answers resemble each other; nobody cites the last defect often."""
    rng = np.random.default_rng(11)
    mood, pets = rng.normal(0, 2.5, len(accounts)), rng.random((len(accounts), DEFECTS)) < 0.3
    rows = []
    for _ in range(900):
        place = int(rng.integers(len(accounts)))
        cited = rng.random(DEFECTS) < np.where(pets[place], 0.5, 0.05) * [1, 1, 1, 0.02]
        score = int(np.clip(round(8.5 + mood[place] - 2 * cited[0] - cited[1] + rng.normal(0, 1)), 0, 10))
        month, role = JANUARY + int(rng.integers(3)), int(rng.integers(3))
        segment = ["", "SME"][place % 2]
        rows.append(Raw(month, 1, segment, "", accounts[place], role, score, tuple(np.flatnonzero(cited).tolist())))
    return rows


def _store(app: Flask, accounts: int) -> list[Raw]:
    with app.app_context():
        for _ in range(DEFECTS):
            make_defect()
        rows = _raw_answers([make_account() for _ in range(accounts)])
        with transaction() as session:
            append_answers(session, columns(rows))
            fold_all(session)
    return rows


def _sandwich(rows: Sequence[Raw], fitted: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes, classical and clustered errors (V = (X'X)⁻¹ [C/(C−1) Σ g g'] (X'X)⁻¹) of 100·v on the fitted defects."""
    x = np.array([[1, *(defect in row.defects for defect in fitted)] for row in rows], float)
    y, account = 100.0 * VALUES[[row.score for row in rows]], np.array([row.account for row in rows])
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    residual, bread = y - x @ beta, np.linalg.inv(x.T @ x)
    scores = np.array([x[account == one].T @ residual[account == one] for one in np.unique(account)])
    clusters = len(scores)
    robust = bread @ (clusters / (clusters - 1) * scores.T @ scores) @ bread
    classical = residual @ residual / (len(y) - x.shape[1]) * bread
    return beta[1:], np.sqrt(np.diag(classical))[1:], np.sqrt(np.diag(robust))[1:]


@pytest.fixture
def rows(app: Flask) -> list[Raw]:
    return _store(app, 45)


def test_the_factor_is_clustered_over_classical_error(app: Flask, rows: list[Raw]) -> None:
    with app.app_context():
        assert job.run() == "3 design effects computed"
        found = rank_defects(RankingQuery())
    items = {item.defect_id - 1: item for item in found.items}
    _, classical, robust = _sandwich(rows, [0, 1, 2])
    assert [items[place].design_effect for place in range(3)] == pytest.approx(robust / classical, rel=1e-9)
    assert (items[3].provisional, items[3].design_effect) == (True, None)
    assert (robust / classical).max() > 1.5  # the moods are felt


def test_memory_for_few_accounts_at_a_time_gives_the_same(app: Flask, rows: list[Raw], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.defects.design_effects._ROOM", 35)
    with app.app_context():
        compute_design_effects()
        found = {item.defect_id - 1: item.design_effect for item in rank_defects(RankingQuery()).items}
    _, classical, robust = _sandwich(rows, [0, 1, 2])
    assert [found[place] for place in range(3)] == pytest.approx(robust / classical, rel=1e-9)


def test_interval_and_p_use_the_wider_error(app: Flask, rows: list[Raw]) -> None:
    with app.app_context():
        before = rank_defects(RankingQuery(segment="SME"))
        compute_design_effects()
        after = rank_defects(RankingQuery(segment="SME"))
    assert (before.se_method, after.se_method) == ("classical", "classical_times_design_effect")
    old, new = ({item.defect: item for item in found.items if not item.provisional} for found in (before, after))
    for code, item in new.items():
        widths = [one.points_lost_ci_high - one.points_lost_ci_low for one in (item, old[code])]
        assert widths[0] / widths[1] == pytest.approx(item.design_effect, rel=1e-9)
        assert (item.p_value > old[code].p_value) == (item.design_effect > 1)


def test_few_accounts_have_no_design_effect(app: Flask) -> None:
    _store(app, 19)
    with app.app_context():
        assert compute_design_effects() == 0
        assert rank_defects(RankingQuery()).se_method == "classical"


def test_an_empty_installation_has_none(app: Flask) -> None:
    with app.app_context():
        assert job.run() is None


def test_every_pair_has_its_own_place() -> None:
    high, low = np.tril_indices(700, -1)
    assert pair_place(low, high).tolist() == list(range(len(high)))
    assert np.array_equal(np.column_stack(pair_of(np.arange(len(high)))), np.column_stack((low, high)))
