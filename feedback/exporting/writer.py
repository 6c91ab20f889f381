"""Writing tables as CSV and XLSX. Every export and every rejects file goes through here."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any

from feedback.kernel.cells import guarded

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_XLSX_ROWS = 1_048_575  # below the header
_XLSX_CELL = 32_767
_CSV_BLOCK = 500  # rows


class ExportFormat(StrEnum):
    """What a table can be written as."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        """For the Content-Type header."""
        return CSV_TYPE if self is ExportFormat.CSV else XLSX_TYPE


def cell(value: Any) -> Any:
    """What is written for a value: numbers stay numbers, instants and dates become ISO 8601, text is guarded."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return guarded(";".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


class CsvWriter:
    """Writes rows to an open text file (`newline=""`)."""

    def __init__(self, file: IO[str], header: Sequence[str]) -> None:
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._writer.writerow([guarded(name) for name in header])

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """Append rows."""
        self._writer.writerows([cell(value) for value in row] for row in rows)


def csv_blocks(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A CSV file piece by piece, for streaming. It starts with a byte order mark, without which Excel guesses the encoding."""
    buffer = io.StringIO(newline="")
    buffer.write("\ufeff")
    writer = CsvWriter(buffer, header)
    for number, row in enumerate(rows, 1):
        writer.write([row])
        if number % _CSV_BLOCK == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def _drain(buffer: io.StringIO) -> bytes:
    block = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return block


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """An XLSX workbook with one sheet; text longer than a cell can hold is cut.

    Raises:
        ValueError: there are more rows than a sheet can hold.
    """
    import xlsxwriter

    output = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as workbook:
        sheet = workbook.add_worksheet()
        _write_row(sheet, 0, [guarded(name) for name in header])
        for number, row in enumerate(rows, 1):
            if number > _XLSX_ROWS:
                raise ValueError("A sheet holds 1,048,576 rows; export as CSV.")
            _write_row(sheet, number, [cell(value) for value in row])
    return output.getvalue()


def _write_row(sheet: Any, number: int, values: Sequence[Any]) -> None:
    for place, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(number, place, value[:_XLSX_CELL])
        elif value is not None:
            sheet.write_number(number, place, value)


def export(kind: ExportFormat, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[bytes]:
    """The file as blocks of bytes, in either format."""
    return csv_blocks(header, rows) if kind is ExportFormat.CSV else [xlsx_file(header, rows)]
