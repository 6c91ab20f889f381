"""Parquet, read in slices so that memory does not grow with the file."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from feedback.importing.json_source import as_text
from feedback.importing.source import BrokenRow, Cell, Chunk, UnusableFile, check_header


class ParquetSource:
    """A Parquet file; numbers and dates become text as ISO writes them, lists are joined with ';'."""

    forks = False  # its library has threads of its own, which a fork would lose

    def __init__(self, path: Path) -> None:
        self.notes: list[str] = []
        try:
            self._frame = pl.scan_parquet(path)
            self.header = check_header(list(self._frame.collect_schema()))
            self.total = int(self._frame.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise UnusableFile(f"The Parquet file cannot be read: {error}") from error

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, `size` at a time."""
        row = 0
        for frame in self._frame.collect_batches(chunk_size=size, maintain_order=True, lazy=True):
            for part in frame.iter_slices(size):
                lines = range(row + 1, row + 1 + part.height)
                row += part.height
                yield _chunk(part, lines, row)


def _chunk(frame: pl.DataFrame, lines: range, position: int) -> Chunk:
    columns: list[list[Cell]] = []
    broken: dict[int, BrokenRow] = {}
    for series in frame.iter_columns():
        columns.append(_as_text(series, lines, broken))
    if not broken:
        return Chunk(lines, list(columns), [], position)
    kept = [index for index, line in enumerate(lines) if line not in broken]
    whole = [[column[index] for index in kept] for column in columns]
    return Chunk([lines[index] for index in kept], list(whole), list(broken.values()), position)


def _as_text(series: pl.Series, lines: range, broken: dict[int, BrokenRow]) -> list[Cell]:
    if series.dtype in (pl.Date, pl.Datetime, pl.Time):
        return [None if value is None else value.isoformat() for value in series]
    if series.dtype.is_numeric() or series.dtype in (pl.Categorical, pl.Enum):
        return series.cast(pl.String).to_list()
    cells: list[Cell] = []
    for line, value in zip(lines, series, strict=True):
        try:
            cells.append(as_text(_plain(value)))
        except (ValueError, TypeError) as error:
            cells.append(None)
            broken[line] = BrokenRow(line, f"column {series.name}: {error}", [])
    return cells


def _plain(value: object) -> object:
    if isinstance(value, pl.Series | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, bytes):
        return _as_words(value)
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _as_words(value: bytes) -> str:
    """Bytes that are no text are written in hexadecimal: a column that nobody uses must not cost the row."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
