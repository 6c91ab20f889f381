"""Mails that the local catcher kept instead of sending: one file each, the newest some thousand."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from pathlib import Path

KEPT = 2000
_NAME = re.compile(r"([0-9]{1,9})\.eml")


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """A mail as somebody would have got it."""

    number: int
    at: datetime
    sender: str
    to: str
    subject: str
    html: str | None
    text: str
    headers: Sequence[tuple[str, str]]


class MailFolder:
    """The folder of the catcher. One process writes, any number reads."""

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._folder, self._kept = folder, kept

    def numbers(self) -> list[int]:
        """All mails, the newest first."""
        names = os.listdir(self._folder) if self._folder.is_dir() else []
        return sorted((int(found[1]) for found in map(_NAME.fullmatch, names) if found), reverse=True)

    def keep(self, raw: bytes) -> int:
        """Store a mail, and let the oldest go; answers its number."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        numbers = self.numbers()
        number = numbers[0] + 1 if numbers else 1
        unfinished = self._folder / "arriving"
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
        unfinished.rename(self._path(number))
        for old in numbers[self._kept - 1 :]:
            self._path(old).unlink(missing_ok=True)
        return number

    def find(self, number: int) -> CaughtMail | None:
        """One mail, if it is still there."""
        path = self._path(number)
        try:
            return _read(path, number, path.stat().st_mtime)
        except FileNotFoundError:
            return None

    def page(self, *, offset: int, limit: int) -> list[CaughtMail]:
        """Some of them, the newest first."""
        found = (self.find(number) for number in self.numbers()[offset : offset + limit])
        return [mail for mail in found if mail is not None]

    def remove(self, unwanted: Callable[[CaughtMail], bool], *, really: bool = True) -> int:
        """Delete mails, or only count them; answers how many."""
        found = [number for number in self.numbers() if (mail := self.find(number)) and unwanted(mail)]
        for number in found if really else ():
            self._path(number).unlink(missing_ok=True)
        return len(found)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.eml"


@lru_cache(maxsize=100)
def _read(path: Path, number: int, modified: float) -> CaughtMail:
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return CaughtMail(
        number,
        datetime.fromtimestamp(modified, UTC),
        _header(mail, "From"),
        _header(mail, "To"),
        _header(mail, "Subject"),
        _form(mail, "html"),
        _form(mail, "plain") or "",
        [(name, " ".join(str(value).split())) for name, value in mail.items()],
    )


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail.get(name, ""))


def _form(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body((subtype,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else None
