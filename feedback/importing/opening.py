"""Which format a file has, told by its content and not by its name, and how it is decompressed."""

import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from feedback.importing.source import Source, UnusableFile

_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "This is an old .xls workbook; save it as .xlsx or CSV.",
    _GZIP: "This is gzip packed twice; unpack it once.",
    b"%PDF": "This is a PDF document; ask for the table as CSV or .xlsx.",
    b"\x89PNG": "This is a picture, not a table.",
    b"\xff\xd8\xff": "This is a picture, not a table.",
    b"7z\xbc\xaf": "This is a 7z archive; unpack it first.",
    b"BZh": "This is packed with bzip2; unpack it, or pack it with gzip.",
    b"\xfd7zXZ": "This is packed with xz; unpack it, or pack it with gzip.",
    b"\x28\xb5\x2f\xfd": "This is packed with zstd; unpack it, or pack it with gzip.",
}
_MAX_UNPACKED = 4 << 30  # of a compressed Parquet or Excel file, which must be unpacked to disk first


class InputFile:
    """A file on disk, plain or gzip; can be opened again and again from its beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as raw:
                self.compressed = raw.read(2) == _GZIP
        except OSError as error:
            raise UnusableFile(f"{path} cannot be read: {error.strerror}.") from error
        self.size = path.stat().st_size
        if not self.size:
            raise UnusableFile(f"{path} is empty.")

    @contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """The content as bytes, and the raw file whose position tells the progress."""
        with self.path.open("rb") as raw:
            content = gzip.GzipFile(fileobj=raw) if self.compressed else raw
            try:
                yield content, raw  # type: ignore[misc]
            except (gzip.BadGzipFile, zlib.error, EOFError) as error:
                raise UnusableFile(f"{self.path} is a damaged gzip file: {error}.") from error

    def start(self, length: int) -> bytes:
        """The first bytes of the content."""
        with self.open() as (content, _):
            return content.read(length)


@contextmanager
def unpacked(file: InputFile) -> Iterator[Path]:
    """A path to the content: the file itself, or a temporary copy of what gzip holds."""
    if not file.compressed:
        yield file.path
        return
    with tempfile.NamedTemporaryFile(prefix="closedloop-import-") as copy, file.open() as (content, _):
        shutil.copyfileobj(_Limited(content), copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)


class _Limited(io.RawIOBase):
    """Stops a decompression bomb."""

    def __init__(self, inner: BinaryIO) -> None:
        self._inner, self._left = inner, _MAX_UNPACKED

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise UnusableFile(f"The file unpacks to more than {_MAX_UNPACKED >> 30} GB; split it.")
        return data


@contextmanager
def open_source(path: Path, *, encoding: str | None = None) -> Iterator[Source]:
    """Open a CSV, JSON Lines, XLSX or Parquet file, plain or gzip.

    The whole content is checked here (compression, encoding, structure), so that a file that turns out unusable is found
    before its first row is imported.

    Raises:
        UnusableFile: it cannot be read at all; the message says why and what to do.
    """
    from feedback.importing.csv_source import CsvSource
    from feedback.importing.json_source import JsonSource
    from feedback.importing.text import check_text

    file = InputFile(path)
    start = file.start(4096)
    if start[:4] in (_ZIP, _PARQUET):
        with unpacked(file) as plain:
            yield _table(plain, start)
        return
    if not start:
        raise UnusableFile(f"{path} is empty.")
    for mark, message in _OTHERS.items():
        if start.startswith(mark):
            raise UnusableFile(message)
    text = check_text(file, encoding)
    yield (JsonSource if text.looks_like_json else CsvSource)(text)


def _table(path: Path, start: bytes) -> Source:
    # imported here: the libraries behind these two take 20 MB, which a text file need not pay
    if start[:4] == _PARQUET:
        from feedback.importing.parquet_source import ParquetSource

        return ParquetSource(path)
    from feedback.importing.xlsx_source import XlsxSource

    return XlsxSource(path)
