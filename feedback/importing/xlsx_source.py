"""Excel workbooks. A sheet is read as a whole, so its true size is checked before it is opened."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from feedback.importing.source import MAX_CELL, BrokenRow, Cell, Chunk, UnusableFile, check_header

_MAX_UNPACKED = 256 << 20  # bytes of XML
_MAX_RATIO = 200
_MAX_CELLS = 12_000_000  # of the rectangle that the reader would allocate, however few cells are filled
_BLOCK = 1 << 20
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_MIDNIGHT = " 00:00:00"
_INSTEAD = "save the sheet as CSV instead"


class XlsxSource:
    """The first sheet of a workbook; its first row that is not blank names the columns."""

    forks = False

    def __init__(self, path: Path) -> None:
        _check_archive(path)
        rows = _load(path)
        top = next((index for index, row in enumerate(rows) if any(cell and cell.strip() for cell in row)), None)
        if top is None:
            raise UnusableFile("The first sheet of the workbook is empty.")
        names = [cell or "" for cell in rows[top]]
        width = max(index for index, name in enumerate(names) if name.strip()) + 1
        self.header = check_header(names[:width])
        self._first, self._rows = top + 1, rows
        self.total, self.notes = len(rows), list[str]()

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, `size` at a time; a line is the sheet's row number."""
        width = len(self.header)
        for start in range(self._first, len(self._rows), size):
            part = self._rows[start : start + size]
            lines, rows, broken = [], [], []
            for line, row in enumerate(part, start + 1):
                if not any(row):
                    continue
                problem = _problem(row, width)
                if problem:
                    broken.append(BrokenRow(line, problem, row[:width]))
                else:
                    lines.append(line)
                    rows.append([_as_date(cell) for cell in row[:width]])
            columns: list[Sequence[Cell]] = list(zip(*rows, strict=True)) if rows else [() for _ in self.header]
            yield Chunk(lines, columns, broken, start + len(part))


def _problem(row: Sequence[Cell], width: int) -> str:
    if any(row[width:]):
        return f"there are cells to the right of the header's {width} columns"
    if any(cell and len(cell) > MAX_CELL for cell in row):
        return f"a cell is longer than {MAX_CELL:,} characters"
    return ""


def _as_date(cell: Cell) -> Cell:
    # Excel knows no dates without a time: a date cell comes out as midnight
    return cell[:10] if cell and len(cell) == 19 and cell.endswith(_MIDNIGHT) else cell


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise UnusableFile("This zip file is not an Excel workbook; unpack it, or save the table as CSV or .xlsx.")
            _check_sizes(entries)
            for entry in entries:
                if entry.filename.startswith("xl/worksheets/"):
                    _check_rectangle(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise UnusableFile(f"The workbook is damaged or encrypted: {error}.") from error


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if unpacked > _MAX_UNPACKED:
        raise UnusableFile(f"The workbook unpacks to {unpacked >> 20:,} MB, the limit is {_MAX_UNPACKED >> 20}; {_INSTEAD}.")
    if unpacked > 10 << 20 and unpacked / packed > _MAX_RATIO:
        raise UnusableFile(f"The workbook is packed {unpacked // packed}-fold, which no real table is; {_INSTEAD}.")


def _check_rectangle(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Cells at A1 and XFD1048576 alone would make the reader allocate everything between them."""
    width = height = read = 0
    with archive.open(entry) as sheet:
        tail = b""
        while block := sheet.read(_BLOCK):
            read += len(block)
            if read > _MAX_UNPACKED:  # the sizes written in the archive may lie
                raise UnusableFile(f"The workbook unpacks to more than {_MAX_UNPACKED >> 20} MB; {_INSTEAD}.")
            block = tail + block
            for letters, row in _REFERENCE.findall(block):
                width, height = max(width, _column_number(letters)), max(height, int(row))
            tail = block[-40:]
    if width * height > _MAX_CELLS:
        raise UnusableFile(f"The sheet spans {height:,} rows × {width:,} columns, too many for a workbook; {_INSTEAD}.")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _load(path: Path) -> list[tuple[Cell, ...]]:
    import fastexcel

    try:
        reader = fastexcel.read_excel(path.read_bytes())
        sheet = reader.load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
        return sheet.to_polars().rows()
    except fastexcel.FastExcelError as error:
        raise UnusableFile(f"The workbook cannot be read: {error}") from error
