"""JSON Lines, Parquet and Excel give the same chunks as CSV."""

import gzip
import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from feedback.importing import xlsx_source
from feedback.importing.source import UnusableFile
from tests.importing.test_csv import read, write


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_json_lines_join_their_keys(tmp_path: Path) -> None:
    path = write(tmp_path, lines({"a": 1, "b": "x"}, {"c": True, "a": None}, {"b": ["p", "q"], "a": 4.0}), "f.jsonl")
    header, rows, found = read(path)
    assert header == ["a", "b", "c"]
    assert rows == [("1", "x", None), (None, None, "true"), ("4.0", "p;q", None)]
    assert found.lines == [1, 2, 3]


def test_a_key_that_comes_late_is_a_column(tmp_path: Path) -> None:
    path = write(tmp_path, lines(*[{"a": 1}] * 2000, {"a": 2, "late": "x"}), "f.jsonl")
    header, rows, _ = read(path, 100)
    assert (header, rows[-1]) == (["a", "late"], ("2", "x"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": 1', "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested"),
        ('{"a": ' + "9" * 5000 + "}", "digits"),
        ('{"a": 1e400}', "too large"),
    ],
)
def test_a_broken_json_line_is_reported_alone(tmp_path: Path, line: str, reason: str) -> None:
    _, rows, found = read(write(tmp_path, '{"a": 0}\n' + line + '\n\n{"a": 3}\n', "f.jsonl"))
    assert rows == [("0",), ("3",)]
    assert [broken.line for broken in found.broken] == [2]
    assert reason in found.broken[0].reason


def test_json_without_objects_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"No line of the file is a JSON object that can be read. Line 1: not JSON"):
        read(write(tmp_path, "{broken\n{also\n"))
    with pytest.raises(UnusableFile, match="Line 2: NaN is not a JSON value"):
        read(write(tmp_path, '\n{"a": NaN}\n{"a": NaN}\n'))


FRAME = pl.DataFrame(
    {
        "id": [1, 2, 3],
        "score": [4.0, None, 10.0],
        "when": [datetime(2024, 1, 5, 9, 30, tzinfo=UTC), None, datetime(2024, 1, 6, tzinfo=UTC)],
        "day": [date(2024, 1, 5), None, date(2024, 2, 1)],
        "tags": [["late", "rude"], [], None],
        "ok": [True, False, None],
        "text": ["x", "ünï", None],
    }
)


def test_parquet_becomes_text(tmp_path: Path) -> None:
    FRAME.write_parquet(tmp_path / "f.parquet")
    header, rows, found = read(tmp_path / "f.parquet")
    assert header == FRAME.columns
    assert rows[0] == ("1", "4.0", "2024-01-05T09:30:00+00:00", "2024-01-05", "late;rude", "true", "x")
    assert rows[1] == ("2", None, None, None, "", "false", "ünï")
    assert found.lines == [1, 2, 3]


def test_parquet_columns_of_any_kind_cost_no_row(tmp_path: Path) -> None:
    odd = {
        "score": [Decimal("9.00")],
        "place": [{"since": date(2024, 1, 1), "raw": b"\xff", "inner": [{"at": timedelta(hours=1)}]}],
        "bytes": [b"\xff\xfe"],
        "took": [timedelta(minutes=90)],
        "nothing": [None],
    }
    pl.DataFrame(odd).write_parquet(tmp_path / "f.parquet")
    _, rows, found = read(tmp_path / "f.parquet")
    assert rows == [("9.00", '{"since": "2024-01-01", "raw": "ff", "inner": [{"at": "1:00:00"}]}', "fffe", "1:30:00", None)]
    assert found.broken == []


def test_packed_parquet_is_unpacked(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    FRAME.write_parquet(buffer)
    assert len(read(write(tmp_path, gzip.compress(buffer.getvalue()), "f.parquet.gz"))[1]) == 3


def test_parquet_comes_in_chunks_with_its_row_numbers(tmp_path: Path) -> None:
    pl.DataFrame({"n": range(1000)}).write_parquet(tmp_path / "f.parquet", row_group_size=300)
    _, rows, found = read(tmp_path / "f.parquet", 130)
    assert [row[0] for row in rows] == [str(number) for number in range(1000)]
    assert found.lines == list(range(1, 1001))


def test_damaged_parquet_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="Parquet"):
        read(write(tmp_path, b"PAR1" + b"x" * 1000))


def workbook(path: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            book.active.cell(number, place).value = value
    book.save(path)
    return path


def test_excel_numbers_dates_and_blank_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "f.xlsx",
        [],
        ["id", "score", "when"],
        [1, 4.0, datetime(2024, 1, 5)],  # noqa: DTZ001  Excel knows no zones
        [],
        ["x", 4.5, datetime(2024, 1, 5, 9, 30)],  # noqa: DTZ001
    )
    header, rows, found = read(path)
    assert (header, found.lines) == (["id", "score", "when"], [3, 5])
    assert rows == [("1", "4", "2024-01-05"), ("x", "4.5", "2024-01-05 09:30:00")]


def test_cells_beside_the_table_are_reported(tmp_path: Path) -> None:
    _, rows, found = read(workbook(tmp_path / "f.xlsx", ["a"], [1], [2, "stray"]))
    assert (rows, [broken.line for broken in found.broken]) == ([("1",)], [3])


def test_a_packed_workbook_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", ["a"], ["x"])
    assert read(write(tmp_path, gzip.compress(path.read_bytes()), "f.xlsx.gz"))[1] == [("x",)]


def repacked(path: Path, target: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry.filename))
    return target


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "f.xlsx", ["a"], [1])
    bomb = repacked(path, tmp_path / "bomb.xlsx", "xl/worksheets/sheet1.xml", SHEET % (b" " * (60 << 20)))
    with pytest.raises(UnusableFile, match="packed"):
        read(bomb)


def test_two_far_corners_do_not_fill_the_memory(tmp_path: Path) -> None:
    cells = b'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="1048576"><c r="XFD1048576" t="str"><v>z</v></c></row>'
    path = workbook(tmp_path / "f.xlsx", ["a"], [1])
    with pytest.raises(UnusableFile, match="1,048,576 rows"):
        read(repacked(path, tmp_path / "far.xlsx", "xl/worksheets/sheet1.xml", SHEET % cells))


def test_entities_in_a_workbook_are_not_resolved(tmp_path: Path) -> None:
    secret = write(tmp_path, "top secret", "secret.txt")
    declared = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'.encode()
    cells = b'<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" t="str"><v>&e;</v></c></row>'
    path = workbook(tmp_path / "f.xlsx", ["a"], [1])
    hostile = repacked(path, tmp_path / "xxe.xlsx", "xl/worksheets/sheet1.xml", declared + SHEET % cells)
    try:
        rows = read(hostile)[1]
    except UnusableFile:
        rows = []
    assert "secret" not in str(rows)


@pytest.mark.parametrize("name", ["../../evil.txt", "report.docx"])
def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(UnusableFile, match="not an Excel workbook"):
        read(path)


def test_a_damaged_workbook_is_unusable(tmp_path: Path) -> None:
    content = workbook(tmp_path / "f.xlsx", ["a"], [1]).read_bytes()
    with pytest.raises(UnusableFile, match="damaged"):
        read(write(tmp_path, content[: len(content) // 2], "half.xlsx"))


def test_lying_sizes_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_source, "_MAX_UNPACKED", 1000)
    with pytest.raises(UnusableFile, match="unpacks to"):
        read(workbook(tmp_path / "f.xlsx", ["a"], *[[number] for number in range(500)]))
