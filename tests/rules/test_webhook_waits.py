"""When a webhook is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.partners.rules.delivering import (
    LONGEST_WAIT,
    SPREAD,
    WAITS,
    Verdict,
    asked_wait,
    has_failed_for_long,
    judge,
    wait_after,
)
from feedback.partners.rules.news import NOTHING_KNOWN, STANDING_FIELDS, NewsType, Told, news_between

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
chances = st.floats(0, 1)


def test_the_tries_take_about_a_day() -> None:
    assert timedelta(hours=23) < sum(WAITS, timedelta()) < timedelta(hours=26)


@given(attempt=st.integers(1, len(WAITS)), chance=chances)
def test_each_wait_lies_within_its_spread(attempt: int, chance: float) -> None:
    wait = wait_after(attempt, chance)
    assert wait is not None
    assert WAITS[attempt - 1] * (1 - SPREAD) <= wait <= WAITS[attempt - 1] * (1 + SPREAD)


@given(attempt=st.integers(1, 30), chance=chances, asked=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_we_never_come_before_we_are_asked_to(attempt: int, chance: float, asked: timedelta) -> None:
    wait = wait_after(attempt, chance, asked)
    assert (wait is None) == (attempt > len(WAITS))
    assert wait is None or min(asked, LONGEST_WAIT) <= wait <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, "taken"),
        (204, "taken"),
        (299, "taken"),
        (302, "again"),
        (400, "again"),
        (410, "gone"),
        (503, "again"),
        (None, "again"),
    ],
)
def test_only_2xx_takes_it_and_410_ends_it(status: int | None, verdict: str) -> None:
    assert judge(status) is Verdict(verdict)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), (" 5 ", 5), ("Mon, 02 Nov 2026 12:01:00 GMT", 60), ("999999999999", 86_400)],
)
def test_retry_after_is_read_in_both_forms(text: str, seconds: int) -> None:
    assert asked_wait(text, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "-1", "²", "Mon, 02 Nov 2026 11:00:00 GMT", "Mon, 99 Foo 2026"])
def test_retry_after_that_says_nothing_is_none(text: str) -> None:
    assert asked_wait(text, NOW) is None


def test_three_days_without_a_success_are_enough() -> None:
    assert not has_failed_for_long(None, NOW)
    assert not has_failed_for_long(NOW - timedelta(days=2, hours=23), NOW)
    assert has_failed_for_long(NOW - timedelta(days=3), NOW)


states = st.builds(
    lambda is_open, bands: Told({"open": is_open, "channels": {}}, dict(zip(STANDING_FIELDS, bands, strict=True))),
    st.booleans(),
    st.tuples(*[st.sampled_from("ab")] * len(STANDING_FIELDS)),
)


@given(st.lists(states, max_size=12))
def test_flips_alternate_whatever_happens(history: list[Told]) -> None:
    flips, before = [], NOTHING_KNOWN
    for state in history:
        flips += [kind for kind in news_between(before, state) if kind is not NewsType.STANDING_CHANGED]
        before = state
    assert flips == [NewsType.GATE_OPENED if place % 2 == 0 else NewsType.GATE_CLOSED for place in range(len(flips))]
    assert (len(flips) % 2 == 1) == before.is_open


@given(states)
def test_what_did_not_change_is_no_news(state: Told) -> None:
    assert news_between(state, state) == []
