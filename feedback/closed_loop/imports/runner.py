"""Importing one file: a chunk, a transaction; every row ends as created, updated, unchanged or rejected with its reason."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from feedback.closed_loop.imports.rejects import RejectsFile
from feedback.importing.columns import Column
from feedback.importing.mapping import Errors, MapOptions, Mapper, Table
from feedback.importing.opening import open_source
from feedback.importing.source import Chunk, Source
from feedback.kernel.errors import FieldErrors
from feedback.uow import transaction

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that the rules refuse."""

    errors: FieldErrors


Outcome = str | Refused  # "created", "updated" or "unchanged"


class FileKind(Protocol):
    """What can be imported: its columns, and how a table of them is written."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns that rows may fill."""
        ...

    def write(self, table: Table, conditions: Sequence[str]) -> Sequence[Outcome]:
        """Write the rows in the current transaction; one outcome per row. `conditions` are the codes of `table.hits`."""
        ...

    def finish(self) -> list[str]:
        """What remains to be done after the last row, and what to tell about it."""
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
        with RejectsFile(options.rejects_folder, path, source.header) as rejects:
            for chunk in source.chunks(options.chunk):
                _import_chunk(chunk, mapper, kind, rejects, report, dry_run=options.dry_run)
                options.progress(chunk.position, source.total)
        report.rejects_file = rejects.path
    if not options.dry_run:
        report.notes.extend(kind.finish())
    return report


def _import_chunk(chunk: Chunk, mapper: Mapper, kind: FileKind, rejects: RejectsFile, report: Report, *, dry_run: bool) -> None:
    table, errors = mapper.table(chunk)
    outcomes = _write(table, [condition.code for condition in mapper.conditions], kind, dry_run=dry_run) if table.lines else []
    usable = (index for index in range(chunk.size) if index not in errors)
    for index, outcome in zip(usable, outcomes, strict=True):
        if isinstance(outcome, Refused):
            errors[index] = [(field_, message) for field_, messages in outcome.errors.items() for message in messages]
    report.counts.update(outcome for outcome in outcomes if isinstance(outcome, str))
    report.counts["rejected"] += len(errors) + len(chunk.broken)
    report.read += chunk.size + len(chunk.broken)
    _reject(chunk, errors, rejects)


def _write(table: Table, codes: list[str], kind: FileKind, *, dry_run: bool) -> Sequence[Outcome]:
    outcomes: Sequence[Outcome] = []
    try:
        with transaction():
            outcomes = kind.write(table, codes)
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass
    return outcomes


def _reject(chunk: Chunk, errors: Errors, rejects: RejectsFile) -> None:
    rows = [(broken.line, "", broken.reason, list(broken.cells)) for broken in chunk.broken]
    for index, found in errors.items():
        columns = ";".join(dict.fromkeys(column for column, _ in found))
        reasons = "; ".join(f"{column} {reason}" if column else reason for column, reason in found)
        rows.append((chunk.lines[index], columns, reasons, [column[index] for column in chunk.columns]))
    rejects.write(sorted(rows, key=lambda row: row[0]))


__all__ = ["CHUNK", "FileKind", "Outcome", "Refused", "Report", "RunOptions", "Source", "run_import"]
