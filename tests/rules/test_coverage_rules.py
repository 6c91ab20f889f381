"""Rates, intervals and what silence leaves open. Reference numbers: Newcombe, Statistics in Medicine 17 (1998) 857, method 3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from feedback.defects.rules.nps import Bands
from feedback.listening.rules.coverage import Rate, comparable, count_rate, late_gap, money_rate, voice_of, wilson


@pytest.mark.parametrize(
    ("heard", "asked", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval(heard: int, asked: int, low: float, high: float) -> None:
    assert count_rate(heard, asked).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_is_what_scipy_says(heard: int, more: int) -> None:
    asked = heard + more
    reference = binomtest(heard, asked).proportion_ci(method="wilson")
    assert wilson(heard / asked, asked) == pytest.approx((reference.low, reference.high), abs=1e-9)


def test_one_large_account_is_not_many() -> None:
    rate = money_rate(980.0, 1000.0, 980.0**2 + 20)
    assert rate.share == pytest.approx(0.98)
    assert rate.n == pytest.approx(1.041, abs=0.001)
    assert rate.interval is not None
    assert rate.interval[0] < 0.3


def test_nobody_asked_is_no_rate() -> None:
    assert (Rate(0, 0, 0).share, Rate(0, 0, 0).interval) == (None, None)


def test_the_pessimistic_line_of_the_literature() -> None:
    voice = voice_of(Bands(0, 40, 60), 300)  # +60 at a third of answers is +20
    assert (voice.nps, voice.silent) == (0.6, 200)
    assert voice.pessimistic == pytest.approx(0.2)
    assert (voice.worst, voice.best) == pytest.approx((-140 / 300, 260 / 300))


def test_below_zero_silence_makes_nothing_better() -> None:
    voice = voice_of(Bands(80, 0, 20), 500)  # -60 at a fifth of answers is not -12
    assert (voice.nps, voice.pessimistic) == (-0.6, -0.6)


bands = st.builds(Bands, st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))


@given(bands, st.integers(0, 300))
def test_silence_is_never_a_passive(answers: Bands, silent: int) -> None:
    voice = voice_of(answers, int(answers.n) + silent)
    with_nobody_silent = voice_of(answers, int(answers.n))
    assert voice.nps == with_nobody_silent.nps
    assert voice.interval == with_nobody_silent.interval
    assert voice.bands == answers


@given(bands.filter(lambda one: one.n >= 5), st.integers(0, 300))
def test_whatever_the_silent_think_lies_between_the_bounds(answers: Bands, silent: int) -> None:
    voice = voice_of(answers, int(answers.n) + silent)
    for bad in {0, silent // 3, silent}:
        said = (answers.promoters + silent - bad - answers.detractors - bad) / (answers.n + silent)
        assert voice.worst is not None
        assert voice.best is not None
        assert voice.worst - 1e-9 <= said <= voice.best + 1e-9


@given(bands.filter(lambda one: one.n >= 5), st.integers(0, 300))
def test_the_pessimistic_line_is_never_above_the_nps(answers: Bands, silent: int) -> None:
    voice = voice_of(answers, int(answers.n) + silent)
    assert voice.pessimistic is not None
    assert voice.nps is not None
    assert voice.pessimistic <= voice.nps


def test_few_answers_say_nothing() -> None:
    assert voice_of(Bands(1, 1, 2), 10).nps is None
    assert late_gap(Bands(1, 1, 1), Bands(10, 10, 10)) is None


def test_late_answers_against_early_ones() -> None:
    gap = late_gap(Bands(10, 20, 70), Bands(30, 20, 10))
    assert gap is not None
    # adjusted each by ¾, 1½, ¾: (10.75 − 30.75) / 63 − (70.75 − 10.75) / 103
    assert gap.value == pytest.approx((10.75 - 30.75) / 63 - (70.75 - 10.75) / 103)
    assert gap.high < 0


@pytest.mark.parametrize(("shares", "same"), [((30, 35), True), ((30, 60), False), ((), True)])
def test_programs_with_other_rates_are_not_compared(shares: tuple[int, ...], same: bool) -> None:
    assert comparable(count_rate(share, 100) for share in shares) is same
