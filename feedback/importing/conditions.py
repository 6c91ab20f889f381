"""`--defect-when 'COLUMN OP VALUE=category:code'`: component ratings and tags become citations."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from feedback.importing.source import Cell, UnusableFile

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
# each digit has one place in it: a cell of a million digits and a letter must not take hours
_NUMBER = re.compile(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\s*")
_FORM = "COLUMN OP VALUE=category:code, for example 'Delay in minutes > 45=service:late_departure'"


@dataclass(frozen=True)
class Condition:
    """Rows where `column` compares so cite `code`."""

    column: str
    sign: str
    value: str
    code: str

    def hits(self, cells: Sequence[Cell]) -> list[bool]:
        """Which cells fulfil it. Numbers compare as numbers, anything else as text; an empty cell never does."""
        compare, wanted = _OPERATORS[self.sign], _as_number(self.value)

        @lru_cache(50_000)
        def hit(cell: str) -> bool:
            if wanted is None:
                return compare(cell, self.value)
            found = _as_number(cell)
            return found is not None and compare(found, wanted)

        return [cell is not None and hit(cell) for cell in cells]


def _as_number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def parse_condition(text: str, find_column: Callable[[str], str | None]) -> Condition:
    """Read one condition; `find_column` answers the name of a column that the file has.

    Of several ways to read it (names and values may hold signs), the first whose column exists is taken.

    Raises:
        UnusableFile: it has another form, or there is no such column.
    """
    left, equals, code = text.rpartition("=")
    code = code.strip()
    ways = [(match[0], match.start(), match.end()) for match in re.finditer(r"<=|>=|==|<|>", left)]
    if not equals or not code or not ways:
        raise UnusableFile(f"--defect-when '{text}' is not of the form {_FORM}.")
    for sign, start, end in ways:
        name, value = left[:start].strip(), left[end:].strip()
        column = find_column(name)
        if column is not None and value and left[end] not in "<>=":  # `<>` and `=>` are no operators of ours
            return Condition(column, sign, value, code)
    first = left[: ways[0][1]].strip()
    if find_column(first) is not None:
        raise UnusableFile(f"--defect-when '{text}' is not of the form {_FORM}.")
    raise UnusableFile(f"--defect-when '{text}': the file has no column '{first}'.")
