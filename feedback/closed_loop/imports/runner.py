"""Importing one file: a chunk, a transaction; every row ends as created, updated, unchanged or rejected with its reason."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from feedback.closed_loop.imports.rejects import RejectsFile
from feedback.importing.ahead import can_read_ahead, read_ahead
from feedback.importing.columns import Column
from feedback.importing.mapping import Errors, MapOptions, Mapper, Table
from feedback.importing.opening import open_source
from feedback.importing.source import BrokenRow, PackedCells, Source
from feedback.kernel.errors import FieldErrors
from feedback.uow import bulk_writing, transaction

CHUNK = 12_000
LONG_FILE = 2 << 20  # bytes from which a second process pays


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that the rules refuse."""

    errors: FieldErrors


Outcome = str | Refused  # "created", "updated" or "unchanged"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one chunk: how many rows were created, updated and unchanged, and which ones the rules refuse."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: Mapping[int, FieldErrors] = field(default_factory=dict)

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Written":
        """The same from one outcome per row."""
        refused = {index: outcome.errors for index, outcome in enumerate(outcomes) if isinstance(outcome, Refused)}
        return cls(Counter(outcome for outcome in outcomes if isinstance(outcome, str)), refused)


def guessed_roles(count: int) -> str:
    """The note about contacts whose role no file named."""
    return "The role of 1 contact was guessed." if count == 1 else f"The roles of {count:,} contacts were guessed."


class FileKind(Protocol):
    """What can be imported: its columns, and how a table of them is written."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that rows may fill."""
        ...

    def prepare(self, table: Table, conditions: Sequence[str]) -> Any:
        """What can be done without the database, maybe in another process. `conditions` are the codes of `table.hits`."""
        ...

    def write(self, prepared: Any) -> Written:
        """Write what `prepare` answered in the current transaction."""
        ...

    def finish(self) -> None:
        """What remains to be done after the last row, except in a dry run."""
        ...

    def notes(self) -> list[str]:
        """What to tell about the rows beside their number."""
        ...


@dataclass
class Report:
    """How an import went."""

    read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rejects_file: Path | None = None
    unused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The object that `--json` prints."""
        counts = {name: self.counts[name] for name in ("created", "updated", "unchanged", "rejected")}
        return {"read": self.read, **counts, "rejects_file": str(self.rejects_file) if self.rejects_file else None}


@dataclass(frozen=True)
class RunOptions:
    """How to run it, beside what the file means."""

    rejects_folder: Path
    encoding: str | None = None
    dry_run: bool = False
    chunk: int = CHUNK
    progress: Callable[[int, int], None] = lambda _done, _total: None


class _TakenBack(Exception):
    """Ends a dry run's transaction without a commit."""


@dataclass(slots=True)
class _Prepared:
    """A chunk on its way to the writer."""

    position: int
    lines: Sequence[int]
    cells: PackedCells
    broken: list[BrokenRow]
    errors: Errors
    content: Any  # what the kind writes; None without a usable row


def run_import(path: Path, kind: FileKind, mapping: MapOptions, options: RunOptions) -> Report:
    """Import a file.

    Each chunk is committed on its own: a run that was killed is simply run again. A dry run takes every chunk back, so
    rows that repeat in different chunks count twice in it.

    Raises:
        UnusableFile: nothing was imported.
    """
    with open_source(path, encoding=options.encoding) as source:
        mapper = Mapper(source, kind.columns, mapping)
        report = Report(unused=mapper.unused, notes=source.notes)
        with RejectsFile(options.rejects_folder, path, source.header) as rejects, bulk_writing():
            chunks = _prepared(source, mapper, kind, options.chunk)
            if source.forks and source.total >= LONG_FILE and can_read_ahead():
                chunks = read_ahead(chunks)
            for chunk in chunks:
                _import_chunk(chunk, kind, rejects, report, dry_run=options.dry_run)
                options.progress(chunk.position, source.total)
        report.rejects_file = rejects.path
    if not options.dry_run:
        kind.finish()
    report.notes.extend(kind.notes())
    return report


def _prepared(source: Source, mapper: Mapper, kind: FileKind, size: int) -> Iterator[_Prepared]:
    codes = [condition.code for condition in mapper.conditions]
    for chunk in source.chunks(size):
        table, errors = mapper.table(chunk)
        cells = PackedCells(chunk.columns)
        content = kind.prepare(table, codes) if table.lines else None
        yield _Prepared(chunk.position, chunk.lines, cells, chunk.broken, errors, content)


def _import_chunk(chunk: _Prepared, kind: FileKind, rejects: RejectsFile, report: Report, *, dry_run: bool) -> None:
    written = _write(chunk.content, kind, dry_run=dry_run) if chunk.content is not None else Written()
    errors = chunk.errors
    if written.refused:
        usable = [index for index in range(len(chunk.lines)) if index not in errors]
        for place, refused in written.refused.items():
            errors[usable[place]] = [(name, message) for name, messages in refused.items() for message in messages]
    report.counts.update(written.counts)
    report.counts["rejected"] += len(errors) + len(chunk.broken)
    report.read += len(chunk.lines) + len(chunk.broken)
    _reject(chunk, rejects)


def _write(content: Any, kind: FileKind, *, dry_run: bool) -> Written:
    written = Written()
    with suppress(_TakenBack), transaction():
        written = kind.write(content)
        if dry_run:
            raise _TakenBack
    return written


def _reject(chunk: _Prepared, rejects: RejectsFile) -> None:
    rows = [(broken.line, "", broken.reason, list(broken.cells)) for broken in chunk.broken]
    for index, found in chunk.errors.items():
        columns = ";".join(dict.fromkeys(column for column, _ in found))
        reasons = " ".join(_sentence(column, reason) for column, reason in found)
        rows.append((chunk.lines[index], columns, reasons, chunk.cells.row(index)))
    rejects.write(sorted(rows, key=lambda row: row[0]))


def _sentence(column: str, reason: str) -> str:
    """`must be a number` is said of the column; what the rules say is a sentence already."""
    if not column:
        return reason
    said = f"{column} {reason}" if reason[:1].islower() else f"{column}: {reason}"
    return said if said.endswith((".", "!", "?")) else f"{said}."


__all__ = ["CHUNK", "FileKind", "Outcome", "Refused", "Report", "RunOptions", "Source", "Written", "run_import"]
