"""Rules of access that need no database."""

import pytest

from feedback.access.rules import RecentFailures, is_safe_next, reasons_not_to_use, seconds_to_wait

QUIET = {"here": 0, "seconds_since_last": 0.0, "address": 0, "email": 0, "known_address": False}


@pytest.mark.parametrize(
    ("facts", "wait"),
    [
        ({"here": 4}, 0),
        ({"here": 5}, 2),
        ({"here": 9}, 32),
        ({"here": 9, "seconds_since_last": 40.0}, 0),
        ({"here": 10}, 900),
        ({"here": 10, "seconds_since_last": 100.0}, 800),
        ({"address": 100}, 900),
        ({"email": 50, "here": 2}, 0),
        ({"email": 50, "here": 3}, 900),
        ({"email": 50, "here": 3, "known_address": True}, 0),
    ],
)
def test_the_wait_grows_with_failures(facts: dict, wait: float) -> None:
    assert seconds_to_wait(RecentFailures(**QUIET | facts)) == wait


@pytest.mark.parametrize("target", ["/", "/app/issues?owner=me#top", "/settings"])
def test_a_path_of_ours_is_safe(target: str) -> None:
    assert is_safe_next(target)


def test_a_long_sentence_is_a_good_password() -> None:
    assert reasons_not_to_use("four random common words", email="ann@example.com") == []


def test_the_address_is_not_a_good_password() -> None:
    assert len(reasons_not_to_use("annabelle12345", email="Annabelle@example.com")) == 1
