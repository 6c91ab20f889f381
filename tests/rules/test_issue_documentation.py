"""The reference page says what the code does."""

from pathlib import Path

from feedback.issues.documentation import reference
from feedback.issues.rules import MISSING_TEXTS, IssueState


def test_the_page_is_made_from_the_tables_in_the_code() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "issues.md"
    assert page.read_text() == reference(), "run: python -m feedback.issues.documentation > docs/reference/issues.md"


def test_every_state_and_every_missing_fact_is_explained() -> None:
    page = reference()
    assert [name for name in (*IssueState, *MISSING_TEXTS) if f"| `{name}` |" not in page] == []
