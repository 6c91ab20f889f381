"""Exports: nothing in them runs, and reading them back gives what was written."""

import csv
import io
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.exporting.writer import ExportFormat, export
from feedback.importing.opening import open_source
from feedback.kernel.cells import guarded, unguarded

FORMULAS = [
    lead + sign + rest
    for lead in ("", " ", "\t", "\n", "'", "''", "\0", "\ufeff")
    for sign in ("=", "+", "-", "@", "\t=", "\r", "\n@", "＝", "＋", "－", "＠")
    for rest in ("1+1", "cmd|' /C calc'!A0", "SUM(A1:A9)", 'HYPERLINK("http://example.com","x")')
]


def content(kind: ExportFormat, header: list[str], rows: list[list[object]]) -> bytes:
    return b"".join(export(kind, header, rows))


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_guarded_and_come_back(text: str) -> None:
    assert guarded(text).startswith("'")
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["-5", "+3.5", "plain", "a=b", "'quoted'", ""])
def test_numbers_and_plain_text_are_left_alone(text: str) -> None:
    assert guarded(text) == text


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    data = content(ExportFormat.XLSX, ["=name"], [[text] for text in FORMULAS])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert not [cell.value for row in sheet.iter_rows() for cell in row if cell.value[0] in "=+-@"]


def test_no_cell_of_a_csv_file_starts_like_a_formula() -> None:
    text = content(ExportFormat.CSV, ["=name"], [[text] for text in FORMULAS]).decode("utf-8-sig")
    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))]
    assert len(cells) == len(FORMULAS) + 1
    assert {cell[0] for cell in cells} == {"'"}


def test_numbers_stay_numbers_and_times_are_iso() -> None:
    row = [-5, 2.5, datetime(2024, 1, 5, 9, 30, tzinfo=UTC), date(2024, 1, 5), None, True, ["a", "b"]]
    text = content(ExportFormat.CSV, list("abcdefg"), [row]).decode("utf-8-sig")
    assert text.splitlines()[1] == "-5,2.5,2024-01-05T09:30:00+00:00,2024-01-05,,true,a;b"
    sheet = openpyxl.load_workbook(io.BytesIO(content(ExportFormat.XLSX, list("abcdefg"), [row]))).active
    assert sheet["A2"].value == -5


def test_a_workbook_refuses_more_rows_than_it_can_hold() -> None:
    with pytest.raises(ValueError, match="export as CSV"):
        content(ExportFormat.XLSX, ["a"], ([] for _ in range(1_048_577)))


# what XML, and so a workbook, can hold
PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\t\n")
ANY = st.characters(codec="utf-8")


def read_back(kind: ExportFormat, rows: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        path.write_bytes(content(kind, ["id", "text"], [[number, *row] for number, row in enumerate(rows)]))
        with open_source(path) as source:
            chunks = list(source.chunks(100))
    return [tuple(unguarded(cell or "") for cell in row) for chunk in chunks for row in zip(*chunk.columns, strict=True)]


@settings(max_examples=300)
@given(st.lists(st.text(ANY, max_size=30), min_size=1, max_size=8))
def test_csv_round_trip(texts: list[str]) -> None:
    rows = read_back(ExportFormat.CSV, [(text,) for text in texts])  # type: ignore[misc]
    assert [row[1] for row in rows] == texts


@settings(max_examples=100)
@given(st.lists(st.text(PRINTABLE, max_size=30), min_size=1, max_size=8))
def test_workbook_round_trip(texts: list[str]) -> None:
    rows = read_back(ExportFormat.XLSX, [(text,) for text in texts])  # type: ignore[misc]
    assert [row[1] for row in rows] == texts
