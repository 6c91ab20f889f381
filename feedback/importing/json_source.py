"""JSON Lines: one object on each line."""

import json
import math
from collections.abc import Iterator
from typing import Any

from feedback.importing.source import MAX_CELL, BrokenRow, Cell, Chunk, UnusableFile, check_header
from feedback.importing.text import TextFile


class JsonSource:
    """A JSON Lines file; the columns are all keys that occur anywhere in it."""

    forks = True

    def __init__(self, text: TextFile) -> None:
        self._text = text
        self.total, self.notes = text.file.size, text.notes
        keys: dict[str, None] = {}
        reason = ""
        with text.open() as (stream, _):
            for _line, row in _objects(stream):
                if isinstance(row, dict):
                    keys.update(dict.fromkeys(row))
                else:
                    reason = reason or f" Line {row.line:,}: {row.reason}."
        if not keys:
            raise UnusableFile(f"No line of the file is a JSON object that can be read.{reason}")
        self._keys = list(keys)
        self.header = check_header(self._keys)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, `size` at a time."""
        lines: list[int] = []
        rows: list[dict[str, Cell]] = []
        broken: list[BrokenRow] = []
        with self._text.open() as (stream, raw):
            for line, row in _objects(stream):
                if isinstance(row, BrokenRow):
                    broken.append(row)
                else:
                    lines.append(line)
                    rows.append(row)
                if len(rows) + len(broken) >= size:
                    yield Chunk(lines, self._columns(rows), broken, raw.tell())
                    lines, rows, broken = [], [], []
        if rows or broken:
            yield Chunk(lines, self._columns(rows), broken, self.total)

    def _columns(self, rows: list[dict[str, Cell]]) -> list[Any]:
        return [[row.get(key) for row in rows] for key in self._keys]


def _objects(stream: Iterator[str]) -> Iterator[tuple[int, "dict[str, Cell] | BrokenRow"]]:
    for number, line in enumerate(stream, 1):
        if line.strip("\ufeff \t\r\n"):
            yield number, _row(number, line)


def _row(number: int, line: str) -> "dict[str, Cell] | BrokenRow":
    try:
        value = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
        if not isinstance(value, dict):
            raise ValueError("this line is not a JSON object")
        return {key: as_text(cell) for key, cell in value.items()}
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at character {error.pos + 1}"
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = str(error)
    return BrokenRow(number, reason, [line.rstrip("\r\n").encode(errors="replace").decode()])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def as_text(value: Any) -> Cell:
    """One cell: lists are joined with ';', objects stay JSON.

    Raises:
        ValueError: it cannot be stored as text.
    """
    if value is None or isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list):
        text = ";".join(filter(None, map(as_text, value)))
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is too large")
    else:
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    if text and len(text) > MAX_CELL:
        raise ValueError(f"a cell is longer than {MAX_CELL:,} characters")
    if text and not text.isascii():
        _check_encodable(text)
    return text


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("half of a surrogate pair is not a character") from error
