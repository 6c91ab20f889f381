"""Recovery beyond regression to the mean, against numpy and scipy, printed numbers, and simulated truths."""

import numpy as np
import pytest
from scipy import stats

from feedback.issues.rules.recovery import (
    FEWEST,
    FEWEST_PAIRS,
    Excess,
    Pairs,
    Share,
    difference_of,
    excess_of,
    fit_line,
    t_quantile,
    wilson,
)

MU, SIGMA, RHO = 7.0, 2.0, 0.5


def simulated(seed: int, *, effect: float, selected: bool = False, per_account: int = 2) -> tuple[Pairs, Pairs]:
    """Pairs with a known retest correlation, accounts that pull their people up or down, and `effect` for who was called.

    Args:
        selected: nearly all low scorers were called, as in a company that works: they are missing from the pairs without a call.
    """
    random = np.random.default_rng(seed)
    accounts = 300
    account = np.repeat(np.arange(accounts), per_account)
    shared, size = 0.3, accounts * per_account
    pull = np.repeat(random.normal(size=(accounts, 2)), per_account, axis=0) * np.sqrt(shared)
    own = random.normal(size=(size, 2)) * np.sqrt(1 - shared)
    z = pull + own
    first = MU + SIGMA * z[:, 0]
    second = MU + SIGMA * (RHO * z[:, 0] + np.sqrt(1 - RHO**2) * z[:, 1])
    called = (first <= 6) & (random.random(size) < (0.95 if selected else 0.5))
    second = second + effect * called
    return tuple(Pairs(account[mask], first[mask], second[mask]) for mask in (called, ~called))  # type: ignore[return-value]


def covered(effect: float, *, selected: bool, runs: int = 600) -> float:
    found = [excess_of(*simulated(seed, effect=effect, selected=selected)) for seed in range(runs)]
    return float(np.mean([one.low <= effect <= one.high for one in found if one is not None]))


@pytest.mark.parametrize("effect", [0.0, 1.5])
@pytest.mark.parametrize("selected", [False, True])
def test_the_interval_covers_the_true_effect_as_often_as_it_says(effect: float, selected: bool) -> None:
    assert 0.93 <= covered(effect, selected=selected) <= 0.97


def test_without_any_effect_the_raw_difference_would_claim_one() -> None:
    called, untouched = simulated(7, effect=0.0)
    found = excess_of(called, untouched)
    assert isinstance(found, Excess)
    assert found.mean_second - found.mean_first > 0.7, "low scorers score higher by themselves"
    assert found.low < 0 < found.high


def test_the_textbook_line_is_off_where_the_low_scorers_were_called_and_ours_is_not() -> None:
    errors = {"ours": [], "textbook": []}
    for seed in range(200):
        called, untouched = simulated(seed, effect=0.0, selected=True)
        found = excess_of(called, untouched)
        assert found is not None
        rho = np.corrcoef(untouched.first, untouched.second)[0, 1]
        mean = np.concatenate([untouched.first, untouched.second]).mean()
        errors["ours"].append(found.excess)
        errors["textbook"].append(found.mean_second - (mean + rho * (found.mean_first - mean)))
    assert abs(np.mean(errors["ours"])) < 0.05
    assert abs(np.mean(errors["textbook"])) > 0.2


def test_the_line_is_that_of_scipy() -> None:
    _, untouched = simulated(3, effect=0.0)
    line = fit_line(untouched)
    assert line is not None
    fitted = stats.linregress(untouched.first, untouched.second)
    assert line.slope == pytest.approx(fitted.slope, abs=1e-9)
    assert line.expected(4.0) == pytest.approx(fitted.intercept + 4 * fitted.slope, abs=1e-9)
    assert line.rho == pytest.approx(fitted.rvalue, abs=1e-9)


def test_the_error_is_that_of_a_clustered_regression_with_a_mark_for_the_call() -> None:
    """The excess is the coefficient of "was called" once the slope is taken from those who were not: its clustered error."""
    called, untouched = simulated(5, effect=1.0)
    found = excess_of(called, untouched)
    assert found is not None
    mark = np.concatenate([np.ones(len(called)), np.zeros(len(untouched))])
    x = np.concatenate([called.first, untouched.first]) - called.first.mean()
    # the called have a slope of their own, so that they do not move the line
    design = np.column_stack([np.ones(len(x)), x * (1 - mark), mark, x * mark])
    groups = np.concatenate([called.account, untouched.account])
    y = np.concatenate([called.second, untouched.second])
    coefficients = np.linalg.lstsq(design, y, rcond=None)[0]
    names, place = np.unique(groups, return_inverse=True)
    scores = np.zeros((len(names), 4))
    np.add.at(scores, place, design * (y - design @ coefficients)[:, None])
    bread = np.linalg.inv(design.T @ design)
    error = np.sqrt((bread @ scores.T @ scores @ bread)[2, 2] * len(names) / (len(names) - 1))
    assert found.excess == pytest.approx(coefficients[2], abs=1e-9)
    width = (found.high - found.low) / 2 / t_quantile(len(np.unique(called.account)) - 1)
    # with the slope of the called fixed at that of the others, the mean of their scores scatters a little more
    assert width == pytest.approx(error, rel=0.03)


@pytest.mark.parametrize("freedom", [4, 5, 9, 30, 200])
def test_the_quantile_is_that_of_student(freedom: int) -> None:
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=0.01)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 10), (37, 80), (80, 80)])
def test_a_share_has_wilsons_interval(hits: int, n: int) -> None:
    found = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson(hits, n) == pytest.approx((found.low, found.high), abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),  # Newcombe, Statistics in Medicine 17 (1998), table II, contrasts a, e and f
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_has_newcombes_interval(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    found = difference_of(Share(*one), Share(*other))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_too_few_say_nothing() -> None:
    called, untouched = simulated(1, effect=1.0)
    few = np.arange(len(called)) < FEWEST - 1
    assert excess_of(called.where(few), untouched) is None
    assert excess_of(called, untouched.where(np.arange(len(untouched)) < FEWEST_PAIRS - 1)) is None
    one_account = Pairs(np.zeros(len(called), np.int64), called.first, called.second)
    assert excess_of(one_account, untouched) is None
    assert difference_of(Share(1, FEWEST - 1), Share(50, 100)) is None


def test_equal_first_scores_have_no_line() -> None:
    flat = Pairs(np.arange(40), np.full(40, 5.0), np.arange(40) % 11.0)
    assert fit_line(flat) is None
