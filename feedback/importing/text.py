"""Text files: which encoding, whether all of it can be decoded, and no line beyond all measure."""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from feedback.importing.opening import InputFile
from feedback.importing.source import UnusableFile

MAX_LINE = 16 << 20  # bytes
_BLOCK = 1 << 20
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN, _CYRILLIC = "cp1252", "cp1251"
_ENOUGH = 2_000  # bytes beyond ASCII that tell the alphabet


@dataclass
class TextFile:
    """A text file that is known to decode from beginning to end."""

    file: InputFile
    encoding: str
    notes: list[str] = field(default_factory=list)
    looks_like_json: bool = False

    @contextmanager
    def open(self) -> Iterator[tuple[io.TextIOWrapper, BinaryIO]]:
        """The text, with line ends as they are, and the raw file behind it."""
        with self.file.open() as (content, raw):
            yield io.TextIOWrapper(content, encoding=self.encoding, newline=""), raw


def check_text(file: InputFile, encoding: str | None) -> TextFile:
    """Find out the encoding and read the whole file once with it.

    Raises:
        UnusableFile: it is not text, or not all of it is in one encoding.
    """
    start = file.start(1 << 16)
    text = TextFile(file, encoding or _encoding_by_start(start))
    _check_known(text.encoding)
    problem = _decode_all(text)
    if problem is not None and text.encoding == "utf-8" and encoding is None and not problem.beyond_ascii:
        # no letter beyond ASCII came before: an older Windows file rather than a damaged UTF-8 one
        text.encoding = _windows_encoding(file)
        text.notes.append(f"The file is not UTF-8; it was read as {text.encoding}. If letters look wrong, name its --encoding.")
        problem = _decode_all(text)
    if problem is not None:
        raise UnusableFile(
            f"Line {problem.line:,} is not {text.encoding} text. Save the file as UTF-8, or name its encoding with --encoding."
        )
    decoded = start.decode(text.encoding, errors="ignore").lstrip("\ufeff \t\r\n")
    if decoded.startswith("["):
        raise UnusableFile("This is one JSON list; write JSON Lines instead: one object on each line.")
    text.looks_like_json = decoded.startswith("{")
    return text


def _windows_encoding(file: InputFile) -> str:
    """Western or Cyrillic: accents stand alone among ASCII letters, Cyrillic words are beyond ASCII from end to end."""
    alone = together = 0
    with file.open() as (content, _):
        while alone + together < _ENOUGH and (block := content.read(_BLOCK)):
            for run in _BEYOND_ASCII.findall(block):
                if len(run) > 2:
                    together += len(run)
                else:
                    alone += len(run)
    return _CYRILLIC if together > alone else _WESTERN


def _check_known(encoding: str) -> None:
    try:
        "".encode(encoding)
    except LookupError as error:
        raise UnusableFile(f"'{encoding}' is not a text encoding; try utf-8, cp1252, cp1251 or utf-16.") from error


def _encoding_by_start(start: bytes) -> str:
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    if start.count(0) * 20 < len(start):
        return "utf-8"
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > 4 * min(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    raise UnusableFile("This is not a text file. CSV, XLSX, Parquet and JSON Lines can be imported, plain or as .gz.")


@dataclass(frozen=True)
class _Undecodable:
    line: int
    beyond_ascii: bool


def _decode_all(text: TextFile) -> _Undecodable | None:
    decoder = codecs.getincrementaldecoder(text.encoding)()
    line, beyond_ascii, run = 1, False, 0
    with text.file.open() as (content, _):
        while True:
            block = content.read(_BLOCK)
            try:
                decoded = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                before = error.object[: error.start]
                return _Undecodable(line + before.count(b"\n"), beyond_ascii or not before.isascii())
            if not block:
                return None
            beyond_ascii = beyond_ascii or not decoded.isascii()
            line += decoded.count("\n")
            run = _check_run(block, run, line)


def _check_run(block: bytes, run: int, line: int) -> int:
    """Bytes since the last line end; refuses a line that would not fit into memory."""
    last = max(block.rfind(b"\n"), block.rfind(b"\r"))
    run = run + len(block) if last < 0 else len(block) - last
    if run > MAX_LINE:
        raise UnusableFile(f"Line {line:,} is longer than {MAX_LINE >> 20} MB; this is no table.")
    return run
