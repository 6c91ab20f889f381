"""When something behaves like a machine."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.surveys.people.rules import (
    HELD_FOR,
    LONGEST_HELD,
    SUSPECT,
    calls_itself_a_machine,
    held_on,
    held_until,
    is_changeable,
    is_instant,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAUSES = st.floats(0, 599).map(lambda seconds: timedelta(seconds=seconds))
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Opera/9.80 (Android; Opera Mini/36.2) Presto/2.12 Version/12.16",
)
MACHINES = (
    "",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1",
    "python-requests/2.32",
    "curl/8.5.0",
)


@pytest.mark.parametrize("agent", BROWSERS)
def test_browsers_are_people(agent: str) -> None:
    assert not calls_itself_a_machine(agent)


@pytest.mark.parametrize("agent", MACHINES)
def test_machines_that_say_so(agent: str) -> None:
    assert calls_itself_a_machine(agent)


@pytest.mark.parametrize(("seconds", "instant"), [(0, True), (1.49, True), (1.5, False), (-1, True)])
def test_nobody_answers_in_less_than_a_second_and_a_half(seconds: float, instant: bool) -> None:
    assert is_instant(AT, AT + timedelta(seconds=seconds)) is instant


@pytest.mark.parametrize(("hours", "changeable"), [(0, True), (23.9, True), (24, False)])
def test_a_day_to_change_ones_mind(hours: float, changeable: bool) -> None:
    assert is_changeable(AT, AT + timedelta(hours=hours)) is changeable


def test_who_touched_nothing_is_believed_at_once() -> None:
    assert held_until(AT, None) is None
    assert held_until(AT, AT - SUSPECT) is None


@given(PAUSES)
def test_who_touched_a_trap_lately_waits_for_five_minutes(pause: timedelta) -> None:
    assert held_until(AT + pause, AT) == AT + pause + timedelta(minutes=5)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(minutes=6)), max_size=30))
def test_who_goes_on_opening_pages_waits_on_and_a_quarter_of_an_hour_at_most(looks: list[timedelta]) -> None:
    now, due = AT, held_until(AT, AT)
    assert due is not None
    for look in looks:
        now += look
        if now >= due:
            break  # it was believed meanwhile
        before, due = due, held_on(AT, due, now)
        assert before <= due <= AT + LONGEST_HELD
        assert due >= min(now + HELD_FOR, AT + LONGEST_HELD)
