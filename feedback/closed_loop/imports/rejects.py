"""The rejects file: what was not imported, why, and the row as it was, so that it can be corrected and imported again."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from feedback.exporting.writer import CsvWriter
from feedback.kernel import clock

_OURS = ("line", "column", "reason")


class RejectsFile:
    """Made with the first rejected row; `path` is None until then."""

    def __init__(self, folder: Path, imported: Path, header: Sequence[str]) -> None:
        self._folder, self._imported = folder, imported
        taken = {name.casefold() for name in header}
        ours = [name if name not in taken else f"rejected_{name}" for name in _OURS]
        # a column without a name keeps the one that --map gives it, so that the same options read this file again
        self._header = [*ours, *(name or f"@{place}" for place, name in enumerate(header, 1))]
        self._file: IO[str] | None = None
        self._writer: CsvWriter | None = None
        self.path: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, rows: Sequence[tuple[int, str, str, Sequence[Any]]]) -> None:
        """Append (line, column, reason, cells)."""
        if not rows:
            return
        if self._writer is None:
            self._writer = self._open()
        self._writer.write([line, column, reason, *cells] for line, column, reason, cells in rows)

    def _open(self) -> CsvWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = self._imported.name.split(".")[0] or "import"
        stamp = clock.now().strftime("%Y%m%dT%H%M%S%f")
        self.path = self._folder / f"{stem}-{stamp}.csv"
        self._file = self.path.open("x", encoding="utf-8", newline="")
        return CsvWriter(self._file, self._header)
