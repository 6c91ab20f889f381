"""What every file format is turned into: chunks of text cells by column, with the line each row came from."""

import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from feedback.kernel.cells import unguarded
from feedback.kernel.errors import DomainError

Cell = str | None

MAX_COLUMNS = 2_000
MAX_CELL = 1 << 20  # characters; a longer cell is a broken quote or an attack, not a comment


class UnusableFile(DomainError):
    """The file or the options cannot be used at all; nothing was imported."""


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not even be split into cells."""

    line: int
    reason: str
    cells: Sequence[Cell]


@dataclass(slots=True)
class Chunk:
    """Rows by column, in the order of `Source.header`; `lines[i]` is where row i starts in the file."""

    lines: Sequence[int]
    columns: list[Sequence[Cell]]
    broken: list[BrokenRow] = field(default_factory=list)
    position: int = 0  # of `Source.total`, for the progress bar

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.lines)


class PackedCells:
    """The cells of a chunk, packed: most are never looked at again, those of rejected rows are."""

    def __init__(self, columns: Sequence[Sequence[Cell]]) -> None:
        self._packed = marshal.dumps([list(column) for column in columns])
        self._columns: list[list[Cell]] | None = None

    def row(self, index: int) -> list[Cell]:
        """The cells of one row as they were in the file."""
        if self._columns is None:
            self._columns = marshal.loads(self._packed)  # noqa: S302  packed above
        return [column[index] for column in self._columns]


class Source(Protocol):
    """An opened file whose structure is known to be readable. `forks`: it can be read in a forked process."""

    header: list[str]
    total: int
    notes: list[str]
    forks: bool

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, `size` at a time, in the order of the file."""
        ...


def check_header(header: Sequence[str]) -> list[str]:
    """The header with blanks trimmed, and without the guard of our own exports.

    Raises:
        UnusableFile: it is empty or far too wide.
    """
    names = [unguarded(name.strip()) for name in header]
    if not any(names):
        raise UnusableFile("The file has no header: its first line must name the columns.")
    if len(names) > MAX_COLUMNS:
        raise UnusableFile(f"The file has {len(names):,} columns; {MAX_COLUMNS:,} are the most that can be read.")
    return names
