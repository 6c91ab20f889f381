"""Senders that are killed lose no mail, and repeat only the same mail."""

import pytest

from benchmarks.mail_kills import run

pytestmark = pytest.mark.faults


def test_kills_lose_nothing_and_repeats_are_the_same_mail() -> None:
    found = run(80, 4)
    assert (found["lost"], found["other_repeats"], found["sent"], found["kills"]) == (0, 0, 80, 4)
    assert found["repeats"] <= 4 * 4  # what each of four connections had in hand
