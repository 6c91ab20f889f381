"""Times with unfinished ones, against scipy's own Kaplan-Meier curve."""

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from feedback.issues.rules.durations import durations, kaplan_meier

# Freireich and others (1963): weeks of remission of leukaemia patients under 6-MP, the textbook example of the estimate
WEEKS = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], float)
RELAPSED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)


def test_the_textbook_example() -> None:
    found = durations(WEEKS, RELAPSED)
    assert (found.n, found.open, found.median, found.p90) == (21, 12, 23, None)
    assert (found.median_low, found.median_high) == (13, None)  # R: survfit with conf.type = "log-log"


@pytest.mark.parametrize("seed", range(20))
def test_the_curve_is_that_of_scipy(seed: int) -> None:
    dice = np.random.default_rng(seed)
    hours, ended = np.round(dice.exponential(30, 60), dice.integers(0, 3)), dice.random(60) < 0.7
    times, survival, _greenwood = kaplan_meier(hours, ended)
    theirs = ecdf(CensoredData(uncensored=hours[ended], right=hours[~ended])).sf
    assert np.allclose(survival, theirs.evaluate(times))


def test_without_anything_open_it_is_the_usual_median() -> None:
    found = durations(np.array([1.0, 2.0, 3.0, 4.0, 10.0]), np.ones(5, bool))
    assert (found.median, found.p90) == (3, 10)


def test_leaving_out_what_is_open_would_look_faster() -> None:
    hours, ended = np.array([1.0, 2.0, 3.0, 50.0, 60.0, 70.0]), np.array([1, 1, 1, 0, 0, 0], bool)
    everything, done = durations(hours, ended), durations(hours[ended], ended[ended])
    assert (everything.median, done.median, everything.open) == (3, 2, 3)


@pytest.mark.parametrize("count", [0, 1])
def test_too_little_is_no_error(count: int) -> None:
    found = durations(np.full(count, 5.0), np.zeros(count, bool))
    assert (found.n, found.median, found.p90, found.median_low) == (count, None, None, None)
