"""Letters to customers: gaps that their writer was to fill."""

import pytest

from feedback.issues.rules.letters import gaps_in
from feedback.issues.rules.words import Quoted, quoted


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("This has happened: …\n\nNext we will: …", ["This has happened:", "Next we will:"]),
        ("Next we will: ...", ["Next we will:"]),
        ("you told us about this: ….", ["you told us about this:"]),
        ("…", ["…"]),
        ("We looked for the file… and found it.", []),
        ("And so it goes on…\nBest regards", []),
        ("Version 1...2", []),
        ("", []),
    ],
)  # fmt: skip
def test_dots_that_stand_for_words_are_a_gap(text: str, gaps: list[str]) -> None:
    assert gaps_in(text) == gaps


@pytest.mark.parametrize(
    ("texts", "reader", "expected"),
    [
        ({"en": "Done", "es": "Hecho"}, "es-MX", Quoted("Hecho")),
        ({"en": "Done", "es": "Hecho"}, "ru", Quoted("Done", "en")),
        ({}, "ru", Quoted("Done")),  # nobody said which language it is
    ],
)
def test_words_are_the_readers_own_or_quoted(texts: dict[str, str], reader: str, expected: Quoted) -> None:
    assert quoted("Done", texts, reader) == expected
