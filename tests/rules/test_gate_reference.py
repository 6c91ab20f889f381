"""The reference page says what the tables do."""

from pathlib import Path

import pytest

from feedback.gate import reference
from feedback.gate.rules import Outcome, Play
from feedback.gate.tables import DEFAULT_TABLES, REACTIVE_ONLY

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "gate.md").read_text("utf-8")


@pytest.mark.parametrize("table", [reference.relationship_table, reference.permission_table, reference.combination_table])
def test_the_page_shows_the_table(table: object) -> None:
    assert "\n".join(table()) in PAGE


@pytest.mark.parametrize("word", [*Play, *Outcome])
def test_every_play_and_outcome_is_explained(word: str) -> None:
    assert f"\n| {word} | " in PAGE


@pytest.mark.parametrize(
    "code",
    sorted(
        {REACTIVE_ONLY, *(code for row in (*DEFAULT_TABLES.relationship, *DEFAULT_TABLES.permission) for code in row.reasons)}
    ),
)
def test_every_reason_is_explained(code: str) -> None:
    assert code in PAGE.split("## Reasons")[1]
