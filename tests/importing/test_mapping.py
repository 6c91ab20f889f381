"""From their columns to ours, and a reason for each cell that cannot be used."""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback.importing import columns as parse
from feedback.importing.columns import Column
from feedback.importing.conditions import Condition, parse_condition
from feedback.importing.mapping import Errors, MapOptions, Mapper, Table
from feedback.importing.opening import open_source
from feedback.importing.source import UnusableFile
from tests.importing.test_csv import write

COLUMNS = [Column("id", required=True), Column("score", parse.score, required=True), Column("comment", free_text=True)]


def mapped(folder: Path, text: str, columns: list[Column] = COLUMNS, **options: Any) -> tuple[Table, Errors, Mapper]:
    with open_source(write(folder, text)) as source:
        mapper = Mapper(source, columns, MapOptions(**options))
        (chunk,) = source.chunks(1000)
        return *mapper.table(chunk), mapper


def test_names_match_in_any_case(tmp_path: Path) -> None:
    table, _, mapper = mapped(tmp_path, "ID,Score,Extra\nx,4,y\n")
    assert table.rows() == [{"id": "x", "score": 4, "comment": None}]
    assert mapper.unused == ["Extra"]


def test_map_names_their_column(tmp_path: Path) -> None:
    table, _, _ = mapped(
        tmp_path, "key,Customer Feedback,NPS\nx,well,4\n", mapped={"id": "KEY", "score": "nps", "comment": "Customer Feedback"}
    )
    assert table.rows() == [{"id": "x", "score": 4, "comment": "well"}]


def test_map_can_name_a_place(tmp_path: Path) -> None:
    table, _, _ = mapped(tmp_path, '"",score\n17,4\n', mapped={"id": "@1"})
    assert table.columns["id"] == ["17"]


def test_one_column_may_serve_twice(tmp_path: Path) -> None:
    table, _, _ = mapped(tmp_path, "key,score\nx,4\n", mapped={"id": "key", "comment": "key"})
    assert (table.columns["id"], table.columns["comment"]) == (["x"], ["x"])


def test_set_fills_empty_cells_only(tmp_path: Path) -> None:
    table, _, _ = mapped(tmp_path, "id,score,comment\na,4,said\nb,5,\n", defaults={"comment": "none"})
    assert table.columns["comment"] == ["said", "none"]


def test_set_stands_in_for_a_missing_column(tmp_path: Path) -> None:
    assert mapped(tmp_path, "id\na\n", defaults={"score": "7"})[0].columns["score"] == [7]


def test_nulls_are_empty(tmp_path: Path) -> None:
    table, errors, _ = mapped(tmp_path, "id,score,comment\na,4, NA \nb,n/a,x\n", nulls=frozenset({"NA", "n/a"}))
    assert table.columns["comment"] == [None]
    assert errors == {1: [("score", "is required")]}


def test_only_comments_keep_their_blanks(tmp_path: Path) -> None:
    table, _, _ = mapped(tmp_path, 'id,score,comment\n" a "," 4 "," x "\nb,4,"   "\n')
    assert table.rows() == [{"id": "a", "score": 4, "comment": " x "}, {"id": "b", "score": 4, "comment": None}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mapped": {"nope": "id"}}, "not one of our columns"),
        ({"mapped": {"id": "nope"}}, "no column 'nope'; it has: id, comment"),
        ({"mapped": {"id": "@3"}}, "no column '@3'"),
        ({"mapped": {"id": "@0"}}, "no column '@0'"),
        ({"defaults": {"score": "11"}}, "whole number from 0 to 10"),
        ({"defaults": {"nope": "x"}}, "not one of our columns"),
        ({"defaults": {"score": " "}}, "no value"),
        ({}, "Required but not in the file: score"),
    ],
)
def test_unusable_options_say_what_is_wrong(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UnusableFile, match=message):
        mapped(tmp_path, "id,comment\na,b\n", **options)


def test_two_columns_of_one_name_must_be_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="@1 or @3"):
        mapped(tmp_path, "said,score,SAID,id\na,4,b,c\n", mapped={"comment": "Said"})


def test_a_doubled_column_of_our_name_begins_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"^The file has 2 columns 'score'"):
        mapped(tmp_path, "id,Score,SCORE\na,4,5\n")


def test_names_that_differ_in_case_only_need_a_word(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"'ID' \(@1\) and 'id' \(@3\)\. Say which one to use: --map id=@1 or --map id=@3"):
        mapped(tmp_path, "ID,score,id\na,4,b\n")


@pytest.mark.parametrize(("said", "found"), [("ID", "a"), ("id", "b"), ("@3", "b")])
def test_the_exact_name_says_which_one(tmp_path: Path, said: str, found: str) -> None:
    assert mapped(tmp_path, "ID,score,id\na,4,b\n", mapped={"id": said})[0].columns["id"] == [found]


def test_doubled_columns_that_nobody_asks_for_do_no_harm(tmp_path: Path) -> None:
    assert mapped(tmp_path, "id,score,x,x\na,4,1,2\n")[2].unused == ["x", "x"]


def test_nul_is_refused_by_row(tmp_path: Path) -> None:
    table, errors, _ = mapped(tmp_path, "id,score,comment\na,4,x\0y\nb,5,z\n")
    assert (table.columns["id"], errors) == (["b"], {0: [("comment", "holds a NUL character")]})


def test_every_error_of_a_row_is_told(tmp_path: Path) -> None:
    _, errors, _ = mapped(tmp_path, "id,score\n,11\n")
    assert [column for column, _ in errors[0]] == ["id", "score"]


def test_the_guard_of_our_exports_is_taken_off(tmp_path: Path) -> None:
    assert mapped(tmp_path, "id,score,comment\na,4,'=1+1\n")[0].columns["comment"] == ["=1+1"]


@pytest.mark.parametrize("text", ["4", "4.0", "4.", "04", "4.000", "4,0", "4,00"])
def test_whole_scores(text: str) -> None:
    assert parse.score(text) == 4


@pytest.mark.parametrize(
    "text", ["4.5", "11", "-1", "NA", "", "1e1", "٤", "4,", "1,000", "4,5", "9/10", "0x4", "99999999999999999999"]
)
def test_other_scores_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="whole number from 0 to 10"):
        parse.score(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-05", datetime(2024, 1, 5, 12, tzinfo=UTC)),
        ("2024-01-05T09:30:00Z", datetime(2024, 1, 5, 9, 30, tzinfo=UTC)),
        ("2024-01-05 09:30", datetime(2024, 1, 5, 9, 30, tzinfo=UTC)),
        ("2024-01-05T09:30:00+03:00", datetime(2024, 1, 5, 6, 30, tzinfo=UTC)),
        ("2024-01-05T00:00:00", datetime(2024, 1, 5, tzinfo=UTC)),
        ("2024-01-05T09:30:00.123456Z", datetime(2024, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)),
    ],
)
def test_iso_dates(text: str, expected: datetime) -> None:
    assert parse.instant(None)(text) == expected


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("1/5/14", "%m/%d/%y", datetime(2014, 1, 5, 12, tzinfo=UTC)),
        ("12/31/14", "%m/%d/%y", datetime(2014, 12, 31, 12, tzinfo=UTC)),
        ("05.01.2014 7:05", "%d.%m.%Y %H:%M", datetime(2014, 1, 5, 7, 5, tzinfo=UTC)),
        ("05.01.2014 7:05 +0200", "%d.%m.%Y %H:%M %z", datetime(2014, 1, 5, 5, 5, tzinfo=UTC)),
        ("2014-01-05", "%m/%d/%y", datetime(2014, 1, 5, 12, tzinfo=UTC)),
        ("45717", "excel", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("45717.0", "excel", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("45717.3958333333", "excel", datetime(2025, 3, 1, 9, 30, tzinfo=UTC)),
        ("2014-01-05", "excel", datetime(2014, 1, 5, 12, tzinfo=UTC)),
    ],
)
def test_dates_in_other_formats(text: str, date_format: str, expected: datetime) -> None:
    assert parse.instant(date_format)(text) == expected


def test_a_day_number_is_refused_with_the_option_that_reads_it() -> None:
    with pytest.raises(ValueError, match="day number of a spreadsheet, add --date-format excel"):
        parse.instant(None)("45717.5")


@pytest.mark.parametrize("text", ["4571", "1740830400", "-45717", "45717,5", "99999.9e9"])
def test_what_is_no_day_number(text: str) -> None:
    with pytest.raises(ValueError, match="must be a date like excel, or ISO 8601"):
        parse.instant("excel")(text)


@pytest.mark.parametrize("text", ["1/5/14", "yesterday", "2024-13-01", "0001-01-01T00:00:00+14:00", "20:15", "2024"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="must be a date"):
        parse.instant(None)(text)


@pytest.mark.parametrize(("text", "expected"), [("2024-05", date(2024, 5, 1)), ("2024-05-17", date(2024, 5, 1))])
def test_months(text: str, expected: date) -> None:
    assert parse.month(text) == expected


@pytest.mark.parametrize("text", ["1,234.50", "nan", "inf", "1_000", "ten", "1e999"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="must be a number"):
        parse.number(text)


def known(*names: str) -> Any:
    return {name: name for name in names}.get


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Delay in minutes > 45=service:late", Condition("Delay in minutes", ">", "45", "service:late")),
        ("Flight.cancelled == Yes=service:cancelled", Condition("Flight.cancelled", "==", "Yes", "service:cancelled")),
        ("tag==price=price", Condition("tag", "==", "price", "price")),
        ("a<b <= 3=x", Condition("a<b", "<=", "3", "x")),
        ("tag == a=b=x", Condition("tag", "==", "a=b", "x")),
        ("tag == <50=x", Condition("tag", "==", "<50", "x")),
    ],
)
def test_conditions_are_read(text: str, expected: Condition) -> None:
    assert parse_condition(text, known("Delay in minutes", "Flight.cancelled", "tag", "a<b")) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tag", "form"),
        ("tag=x", "form"),
        ("tag == x", "form"),
        ("tag <> 3=x", "form"),
        ("tag === 3=x", "form"),
        ("nope > 1=x", "no column 'nope'"),
    ],
)
def test_conditions_that_make_no_sense(text: str, message: str) -> None:
    with pytest.raises(UnusableFile, match=message):
        parse_condition(text, known("tag"))


@pytest.mark.parametrize(
    ("sign", "value", "cells", "hits"),
    [
        ("<=", "2", ["1", "2.0", "3", "10", None, "x"], [True, True, False, False, False, False]),
        (">", "9", ["10", "9", "9.5"], [True, False, True]),
        ("==", "1", ["1.0", "01", "1", "one"], [True, True, True, False]),
        ("==", "Yes", ["Yes", "yes", None], [True, False, False]),
        (">=", "2024-02-01", ["2024-01-31", "2024-02-01"], [False, True]),
        ("<", "-1", ["-2", "0"], [True, False]),
    ],
)
def test_conditions_compare(sign: str, value: str, cells: list[str | None], hits: list[bool]) -> None:
    assert Condition("c", sign, value, "x").hits(cells) == hits


def test_conditions_see_nulls_as_empty_and_count_as_used(tmp_path: Path) -> None:
    text = "id,score,Delay\na,4,NA\nb,5,60\nc,x,90\n"
    table, _, mapper = mapped(tmp_path, text, nulls=frozenset({"NA"}), defect_when=("delay > 45=late",))
    assert (table.hits, mapper.unused) == ([[False, True]], [])


@pytest.mark.parametrize("cell", ["1" * 1_000_000 + "x", " " * 1_000_000 + "x", "1." + "1" * 1_000_000 + "e", "1e5" * 300_000])
def test_a_long_cell_that_is_no_number_is_found_out_in_time(cell: str) -> None:
    began = time.process_time()
    assert Condition("delay", ">", "45", "service:late").hits([cell]) == [False]
    assert time.process_time() - began < 2


@pytest.mark.parametrize("cell", ["46", "+46.", " 4.6e1 ", "046.0", "46.50"])
def test_numbers_in_any_spelling_compare_as_numbers(cell: str) -> None:
    assert Condition("delay", ">", "45.5", "service:late").hits([cell, "-46", ".5"]) == [True, False, False]
