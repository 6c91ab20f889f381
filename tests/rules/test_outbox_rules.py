"""How long a message waits before it is tried again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.outbox.rules import LONGEST_WAIT, MAX_ATTEMPTS, wait_after


@given(st.integers(1, MAX_ATTEMPTS - 2))
def test_the_pause_grows_up_to_its_limit(attempts: int) -> None:
    first, second = wait_after(attempts), wait_after(attempts + 1)
    assert first is not None
    assert second is not None
    assert first <= second <= LONGEST_WAIT


def test_the_first_pause_is_short_and_the_end_comes_after_more_than_a_day() -> None:
    pauses = [wait_after(attempts) for attempts in range(1, MAX_ATTEMPTS)]
    assert pauses[0] == timedelta(seconds=10)
    assert sum(filter(None, pauses), timedelta()) > timedelta(days=1)
    assert wait_after(MAX_ATTEMPTS) is None
