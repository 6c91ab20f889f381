"""Cursors for keyset paging: opaque to clients, stable while rows are added."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from feedback.kernel.errors import InvalidInput

T = TypeVar("T")

MAX_LIMIT = 200
DEFAULT_LIMIT = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, and where the next one starts (None at the end)."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(*key: Any) -> str:
    """Pack the sort key of the last shown row."""
    return base64.urlsafe_b64encode(json.dumps(key, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *, size: int) -> list[Any]:
    """Unpack a cursor of `size` parts; a cursor we did not make is invalid input."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        key = None
    if not isinstance(key, list) or len(key) != size:
        refuse_cursor()
    return key


def decode_numbers(cursor: str, *, size: int) -> list[int]:
    """Unpack a cursor of `size` numbers that a database can compare with its ids."""
    key = decode_cursor(cursor, size=size)
    if not all(type(part) is int and 0 <= part < 2**63 for part in key):
        refuse_cursor()
    return key


def refuse_cursor() -> NoReturn:
    """Say that a cursor is none that we made."""
    raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]})
