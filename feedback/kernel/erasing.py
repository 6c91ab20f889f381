"""Erasing a person: what identifies somebody, how texts are cleared of it, and who takes part.

Each slice says in its `erasing.py` what it keeps about a person and how it forgets that: a function marked with `@erases`
naming the columns it empties. A column with personal data that nobody names fails a test (`tests/architecture`).
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

GONE = "[…]"  # what stands in a text instead of a name
_MIN_NAME, _MIN_ID, _MIN_PHONE = 3, 4, 6
_LETTER = r"[^\W\d_]"


@dataclass(frozen=True)
class Person:
    """Who is erased. `words` are names, addresses, numbers and ids; `account_ids` are all accounts with a role, left ones too."""

    contact_id: int
    account_ids: tuple[int, ...]
    name: str | None
    email: str | None
    phone: str | None
    ids: tuple[str, ...]
    harmless: Collection[str]  # those of the ids that are the names of something else
    at: datetime

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds this person in a text: the whole name and its parts as words, address, telephone and ids."""
        found = [re.escape(self.email)] if self.email else []
        if self.name:
            parts = [part for part in re.findall(rf"{_LETTER}+(?:[-’']{_LETTER}+)*", self.name) if _is_name(part)]
            found += [rf"\b{re.escape(part)}\b" for part in (self.name.strip(), *sorted(parts, key=len, reverse=True))]
        digits = re.sub(r"\D", "", self.phone or "")
        if len(digits) >= _MIN_PHONE:
            found.append(r"\+?" + r"[\s().\-/]*".join(digits))
        # an id such as 17 is a number that may mean anything; one with letters or of some length is an id
        found += [rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in self.ids if len(one) >= _MIN_ID and one not in self.harmless]
        return re.compile("|".join(found), re.IGNORECASE) if found else None

    def is_in(self, text: str | None) -> bool:
        """Whether a text names this person."""
        return bool(text and self.pattern and self.pattern.search(text))

    def cleared(self, value: Any) -> Any:
        """A text, or a document of texts, without this person."""
        if isinstance(value, str):
            return self.pattern.sub(GONE, value) if self.pattern else value
        if isinstance(value, Mapping):
            return {key: self.cleared(one) for key, one in value.items()}
        return [self.cleared(one) for one in value] if isinstance(value, list) else value


def _is_name(part: str) -> bool:
    return len(part) >= _MIN_NAME and part[0].isupper()


Counts = Mapping[str, int]
Work = Callable[[Person], Counts]


@dataclass
class _Registry:
    work: list[Work] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


_registry = _Registry()


def erases(*columns: str) -> Callable[[Work], Work]:
    """Mark a function that forgets a person: `table.column` for everything it empties or clears.

    It runs inside the transaction of the erasure and answers what it did, in numbers by a name that a screen can show.
    """

    def register(work: Work) -> Work:
        _registry.work.append(work)
        _registry.columns.update(columns)
        return work

    return register


def erased_columns() -> frozenset[str]:
    """All columns that somebody clears."""
    return frozenset(_registry.columns)


def forget_everywhere(person: Person) -> Counter[str]:
    """Let everybody who keeps something about the person forget it; answers the numbers of all of them."""
    done: Counter[str] = Counter()
    for work in _registry.work:
        done.update(work(person))
    return done
