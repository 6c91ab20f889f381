"""CSV: delimiter by looking, quotes with line ends inside, and each broken line reported without losing its neighbours."""

import contextlib
import csv
import itertools
import re
from collections.abc import Iterator, Sequence

from feedback.importing.source import MAX_CELL, BrokenRow, Cell, Chunk, UnusableFile, check_header
from feedback.importing.text import TextFile

_DELIMITERS = ",;\t|"
_READ_AHEAD = 1 << 20
_SAMPLE_LINES = 50
_RE_READ = 64 << 20  # characters that may be looked through again because of quotes that never close

csv.field_size_limit(MAX_CELL)


class CsvSource:
    """A CSV file. Strict about quotes, because a forgiving parser swallows rows silently."""

    forks = True

    def __init__(self, text: TextFile) -> None:
        self._text = text
        self.total, self.notes = text.file.size, text.notes
        self._delimiter, self._header_lines, header = _read_header(text)
        self.header = check_header(header)
        self._budget = _RE_READ

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, `size` at a time."""
        rows: list[Sequence[Cell]] = []
        lines: list[int] = []
        broken: list[BrokenRow] = []
        with self._text.open() as (stream, raw):
            for numbers, new_rows, new_broken in self._blocks(stream):
                lines.extend(numbers)
                rows.extend(new_rows)
                broken.extend(new_broken)
                while len(rows) >= size:
                    yield self._chunk(lines[:size], rows[:size], broken, raw.tell())
                    lines, rows, broken = lines[size:], rows[size:], []
        if rows or broken:
            yield self._chunk(lines, rows, broken, self.total)

    def _chunk(self, lines: list[int], rows: list[Sequence[Cell]], broken: list[BrokenRow], position: int) -> Chunk:
        columns: list[Sequence[Cell]] = list(zip(*rows, strict=True)) if rows else [() for _ in self.header]
        return Chunk(lines, columns, broken, position)

    def _blocks(self, stream: "Iterator[str]") -> Iterator[tuple[Sequence[int], list[list[str]], list[BrokenRow]]]:
        for _ in range(self._header_lines):
            next(stream)
        base, carry = self._header_lines, list[str]()
        while True:
            fresh = stream.readlines(_READ_AHEAD)  # type: ignore[attr-defined]
            block = carry + fresh
            if not block:
                return
            numbers, rows, broken, carry = self._parse(block, base, last=not fresh)
            base += len(block) - len(carry)
            yield self._fit(numbers, rows, broken)

    def _parse(
        self, block: list[str], base: int, *, last: bool
    ) -> tuple[Sequence[int], list[list[str]], list[BrokenRow], list[str]]:
        """Split lines into rows; answers also the lines of a row that goes on behind the block."""
        try:
            rows = list(self._reader(block))
            if len(rows) == len(block):  # the usual case: one line, one row
                return range(base + 1, base + 1 + len(rows)), rows, [], []
        except csv.Error:
            pass  # found again below, with its place
        numbers: list[int] = []
        broken: list[BrokenRow] = []
        rows, begin = [], 0
        while begin < len(block):
            reader, start = self._reader(itertools.islice(block, begin, None)), begin
            try:
                for row in reader:
                    rows.append(row)
                    numbers.append(base + begin + 1)
                    begin = start + reader.line_num
            except csv.Error as error:
                rest = block[begin:]
                if _is_open(error) and not last and sum(map(len, rest)) <= MAX_CELL:
                    return numbers, rows, broken, rest
                # only this line is given up: what an open quote would swallow are rows of their own
                broken.append(BrokenRow(base + begin + 1, _reason(error), [block[begin].rstrip("\r\n")]))
                begin += 1
                self._budget -= sum(map(len, block[begin : start + reader.line_num]))
                if self._budget < 0:
                    self._parse_alone(block[begin:], base + begin, numbers, rows, broken)
                    break
        return numbers, rows, broken, []

    def _parse_alone(
        self, block: list[str], base: int, numbers: list[int], rows: list[list[str]], broken: list[BrokenRow]
    ) -> None:
        """So many open quotes that each line is read on its own from here on, else the work grows with the square."""
        for number, line in enumerate(block, base + 1):
            try:
                rows.extend(self._reader([line]))
                numbers.extend([number] * (len(rows) - len(numbers)))
            except csv.Error as error:
                broken.append(BrokenRow(number, _reason(error), [line.rstrip("\r\n")]))

    def _reader(self, lines: "Sequence[str] | Iterator[str]") -> "csv._reader":  # type: ignore[name-defined]
        return csv.reader(lines, delimiter=self._delimiter, strict=True)

    def _fit(
        self, numbers: Sequence[int], rows: list[list[str]], broken: list[BrokenRow]
    ) -> tuple[Sequence[int], list[list[str]], list[BrokenRow]]:
        """Drop blank rows and report rows whose number of cells is not the header's."""
        width = len(self.header)
        if all(len(row) == width for row in rows) and all(map(any, rows)):
            return numbers, rows, broken
        kept_numbers, kept = [], []
        for number, row in zip(numbers, rows, strict=True):
            if not any(row):
                continue
            if len(row) < width or any(row[width:]):
                reason = f"this row has {len(row)} cells, the header has {width}"
                broken.append(BrokenRow(number, reason, row))
                continue
            kept_numbers.append(number)
            kept.append(row[:width])
        return kept_numbers, kept, broken


def _is_open(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def _reason(error: csv.Error) -> str:
    if _is_open(error) or "field larger" in str(error):
        return f"a cell is longer than {MAX_CELL:,} characters, or a quote opened here is not closed"
    if "expected after" in str(error):
        return 'a quote inside a quoted cell must be written twice ("")'
    return str(error)


def _read_header(text: TextFile) -> tuple[str, int, list[str]]:
    """(delimiter, lines up to and with the header, header)."""
    with text.open() as (stream, _):
        sample = list(itertools.islice(stream, _SAMPLE_LINES))
    hint = re.fullmatch(r"sep=(.)\s*", sample[0]) if sample else None
    skipped = 1 if hint else 0
    lines = sample[skipped:]
    delimiter = hint[1] if hint else _sniff(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next((row for row in reader if any(cell.strip() for cell in row)), [])
    except csv.Error as error:
        raise UnusableFile(f"The header cannot be read: {_reason(error)}.") from error
    return delimiter, skipped + reader.line_num, header


def _sniff(lines: list[str]) -> str:
    """The delimiter that splits the first rows most evenly; of equals, the one that gives most columns."""

    def evenness(delimiter: str) -> tuple[float, int]:
        rows = _sample(lines, delimiter)
        width = len(rows[0]) if rows else 1
        same = sum(len(row) == width for row in rows)
        return (same / len(rows), width) if width > 1 else (0.0, 1)

    return max(_DELIMITERS, key=evenness)


def _sample(lines: list[str], delimiter: str) -> list[list[str]]:
    rows = []
    with contextlib.suppress(csv.Error):  # a cell beyond measure: what came before it is sample enough
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                rows.append(row)
    return rows
