"""Every column says whether it holds personal data, and whatever does is cleared when somebody is erased."""

import pytest
import sqlalchemy as sa

from feedback import models_registry
from feedback.closed_loop import erasure
from feedback.closed_loop.personal import PERSONAL, Personal
from feedback.kernel.db import Model, UTCDateTime
from feedback.kernel.erasing import erased_columns

WITHOUT_WORDS = (sa.Integer, sa.Float, sa.Boolean, sa.Date, sa.Enum, UTCDateTime)
COLUMNS = {
    f"{table.name}.{column.name}": column
    for table in Model.metadata.sorted_tables
    for column in table.columns
    if not isinstance(column.type, WITHOUT_WORDS)
}


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_a_column_that_can_hold_words_says_what_it_holds(column: str) -> None:
    assert column in PERSONAL, f"Name {column} in feedback/closed_loop/personal.py, and if it is PERSON in an erasing.py."


def test_nothing_else_is_named() -> None:
    assert models_registry.accounts
    assert set(PERSONAL) == set(COLUMNS)


def test_an_erasure_clears_exactly_what_is_about_customers_people() -> None:
    assert erasure.TAKING_PART
    assert {name for name, tag in PERSONAL.items() if tag is Personal.PERSON} == erased_columns()
