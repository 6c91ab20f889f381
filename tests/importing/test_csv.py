"""Reading CSV: what is split how, with the line each row starts on, and what half-broken files do."""

import gzip
from pathlib import Path

import pytest

from feedback.importing import csv_source
from feedback.importing.opening import open_source
from feedback.importing.source import Chunk, UnusableFile

Rows = list[tuple[str | None, ...]]


def write(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, size: int = 1000, **options: str) -> tuple[list[str], Rows, Chunk]:
    """(header, rows, all chunks as one)."""
    with open_source(path, **options) as source:
        chunks = list(source.chunks(size))
        rows = [row for chunk in chunks for row in zip(*chunk.columns, strict=True)]
        lines = [line for chunk in chunks for line in chunk.lines]
        return source.header, rows, Chunk(lines, [], [broken for chunk in chunks for broken in chunk.broken])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = "a,b\n1,x y\n2,z\n".replace(",", delimiter)
    header, rows, _ = read(write(tmp_path, text))
    assert (header, rows) == (["a", "b"], [("1", "x y"), ("2", "z")])


def test_commas_in_text_do_not_win_over_semicolons(tmp_path: Path) -> None:
    header, rows, _ = read(write(tmp_path, "id;comment\n1;yes, well, no\n2;a, b\n"))
    assert (header, rows[0]) == (["id", "comment"], ("1", "yes, well, no"))


def test_the_delimiter_line_of_excel_is_obeyed(tmp_path: Path) -> None:
    header, rows, found = read(write(tmp_path, "sep=;\na;b\n1;2\n"))
    assert (header, rows, found.lines) == (["a", "b"], [("1", "2")], [3])


def test_quotes_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    _, rows, _ = read(write(tmp_path, 'a,b\n1,"x, ""y""\nz"\n'))
    assert rows == [("1", 'x, "y"\nz')]


def test_lines_are_the_files_own(tmp_path: Path) -> None:
    text = 'a,b\n1,"x\ny\nz"\n\n2,w\n3,"v\nu"\n4,t\n'
    assert read(write(tmp_path, text))[2].lines == [2, 6, 7, 9]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_chunks_do_not_change_what_is_read(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_source, "_READ_AHEAD", 7)
    text = "a,b\n" + "".join(f'{number},"x\ny{number}"\n' for number in range(20))
    _, rows, found = read(write(tmp_path, text), size)
    assert rows == [(str(number), f"x\ny{number}") for number in range(20)]
    assert found.lines == [2 + 2 * number for number in range(20)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end(tmp_path: Path, end: str) -> None:
    _, rows, found = read(write(tmp_path, f"a,b{end}1,2{end}3,4"))
    assert (rows, found.lines) == ([("1", "2"), ("3", "4")], [2, 3])


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "Ünïcödé Привет"), ("utf-8-sig", "Привет"), ("utf-16", "Привет"), ("utf-32", "Привет"), ("cp1252", "año “ok”")],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, text: str) -> None:
    header, rows, _ = read(write(tmp_path, f"a,b\n1,{text}\n".encode(encoding)))
    assert (header, rows) == (["a", "b"], [("1", text)])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_two_byte_text_without_a_mark_is_found(tmp_path: Path, encoding: str) -> None:
    assert read(write(tmp_path, "a,b\n1,word\n".encode(encoding)))[1] == [("1", "word")]


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,Привет\n".encode("cp1251"))
    assert read(path, encoding="cp1251")[1] == [("1", "Привет")]


def test_a_guessed_encoding_is_told(tmp_path: Path) -> None:
    with open_source(write(tmp_path, "a,b\n1,año\n".encode("cp1252"))) as source:
        assert "--encoding" in source.notes[0]


@pytest.mark.parametrize(
    ("encoding", "words"), [("cp1251", "Отлично, но дорого; ждём ответа"), ("cp1252", "año “ok”, très déçu, Ärger über Öl")]
)
def test_the_alphabet_of_an_older_windows_file_is_found_out(tmp_path: Path, encoding: str, words: str) -> None:
    path = write(tmp_path, f'a,b\n1,plain\n2,"{words}"\n'.encode(encoding))
    assert read(path)[1][1] == ("2", words)


def test_two_encodings_in_one_file_are_refused_with_the_line(tmp_path: Path) -> None:
    content = "a,b\n1,Привет\n".encode() + "2,año\n".encode("cp1252")
    with pytest.raises(UnusableFile, match="Line 3 is not utf-8"):
        read(write(tmp_path, content))


def test_gzip_is_known_by_content(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"a,b\n1,2\n"), "no-suffix")
    assert read(path)[1] == [("1", "2")]


def test_a_cut_gzip_file_is_unusable(tmp_path: Path) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 10_000)
    with pytest.raises(UnusableFile, match="damaged gzip"):
        read(write(tmp_path, packed[:-20], "cut.csv.gz"))


def test_rows_of_another_width_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    _, rows, found = read(write(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n9,10,,\n"))
    assert rows == [("1", "2"), ("7", "8"), ("9", "10")]
    assert [(broken.line, broken.reason) for broken in found.broken] == [
        (3, "this row has 1 cells, the header has 2"),
        (4, "this row has 3 cells, the header has 2"),
    ]


def test_an_unclosed_quote_costs_one_line_only(tmp_path: Path) -> None:
    _, rows, found = read(write(tmp_path, 'a,b\n1,"open\n2,x\n3,"y"\n4,z\n'))
    assert rows == [("2", "x"), ("3", "y"), ("4", "z")]
    assert [broken.line for broken in found.broken] == [2]
    assert "twice" in found.broken[0].reason


def test_an_unclosed_quote_at_the_end_is_reported(tmp_path: Path) -> None:
    _, rows, found = read(write(tmp_path, 'a,b\n1,x\n2,"cut off he'))
    assert rows == [("1", "x")]
    assert (found.broken[0].line, found.broken[0].cells) == (3, ['2,"cut off he'])


def test_a_cell_of_ten_megabytes_is_reported(tmp_path: Path) -> None:
    _, rows, found = read(write(tmp_path, "a,b\n1," + "x" * 10_000_000 + "\n2,y\n"))
    assert rows == [("2", "y")]
    assert [broken.line for broken in found.broken] == [2]


def test_thousands_of_open_quotes_end_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_source, "_RE_READ", 10_000)
    lines = "".join(f'{number},"x{number}"y\n' for number in range(3000))
    _, rows, found = read(write(tmp_path, f"a,b\n1,good\n{lines}2,good\n"))
    assert rows == [("1", "good"), ("2", "good")]
    assert len(found.broken) == 3000


def test_a_line_beyond_measure_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="longer than"):
        read(write(tmp_path, b"a,b\n" + b"x" * (17 << 20)))


def test_too_many_columns_are_unusable(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="columns"):
        read(write(tmp_path, ",".join(f"c{number}" for number in range(100_000))))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n\n\n", "no header"),
        (bytes(range(256)) * 50, "not"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old .xls"),
        (b"[{}]", "JSON Lines"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(gzip.compress(b"a,b")), "packed twice"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n", "picture"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UnusableFile, match=message):
        read(write(tmp_path, content))


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="not a text encoding"):
        read(write(tmp_path, "a\n1\n"), encoding="latin-99")
