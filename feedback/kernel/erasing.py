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

from feedback.kernel.naming import part_names, whole_name

GONE = "[…]"  # what stands in a text instead of a name
_MIN_ID, _MIN_PHONE = 4, 6
# Where people write: everything else in a document is a link, a number or a word of ours that only looks like a name.
_FREE = re.compile(
    r"^(?:en|es|ru)$|"  # a text by language
    r"(?:^|_)(?:address|asked_for|basis|because|body|cause|comment|commitment|contact|detail|email|error|evidence|message|name|note|"
    r"person|phone|said|subject|summary|text|title|why|words)s?$"
)


@dataclass(frozen=True)
class Person:
    """Who is erased. `account_ids` are all accounts with a role, left ones too; `ids` what files and systems call the person.

    A text *near* the person is about one of these accounts: there each part of the name goes. Elsewhere only what cannot mean
    somebody else does: the whole name, addresses, the telephone number, and ids that are no words.
    """

    contact_id: int
    account_ids: tuple[int, ...]
    name: str | None
    email: str | None
    phone: str | None
    ids: tuple[str, ...]
    harmless: Collection[str]  # those of the ids that are the names of something else
    at: datetime
    addresses: tuple[str, ...] = ()  # that mails went to before
    response_ids: frozenset[int] = frozenset()  # the person's answers, excluded ones and those given to somebody else too
    answers: frozenset[tuple[str, str]] = frozenset()  # (source, id) of the same
    link_digests: frozenset[str] = frozenset()
    near: Mapping[str, frozenset[str]] = field(default_factory=dict)  # ids of what is about the accounts, by the audit's types
    counting: bool = False  # only say what would be done

    @cached_property
    def mailed_at(self) -> tuple[str, ...]:
        """All addresses, each once."""
        found = [one.strip().lower() for one in (self.email or "", *self.addresses)]
        return tuple(dict.fromkeys(one for one in found if one))

    @cached_property
    def certain_ids(self) -> tuple[str, ...]:
        """Ids that are nothing but an id: 17 may be any number, and "price" a word."""
        return tuple(one for one in self._ids if re.search(r"\d", one) and re.search(r"[^\W\d_]", one))

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        none = {*self.harmless, f"erased-{self.contact_id}"}
        return tuple(one for one in self.ids if len(one) >= _MIN_ID and one not in none)

    @cached_property
    def phone_digits(self) -> str:
        """The number without anything between; empty when it is too short to be one."""
        digits = re.sub(r"\D", "", self.phone or "")
        return digits if len(digits) >= _MIN_PHONE else ""

    @cached_property
    def _certain(self) -> list[str]:
        found = [_address(one) for one in self.mailed_at] + (whole_name(self.name) if self.name else [])
        if self.phone_digits:
            found.append(r"(?<!\d)\+?" + r"[\s().\-/]*".join(self.phone_digits) + r"(?!\d)")
        return found + [_id(one) for one in self.certain_ids]

    @cached_property
    def _patterns(self) -> dict[bool, re.Pattern[str] | None]:
        parts = part_names(self.name) if self.name else []
        return {False: _any(self._certain), True: _any([*self._certain, *map(_id, self._ids), *parts])}

    def is_in(self, text: str | None, *, near: bool = False) -> bool:
        """Whether a text names this person."""
        pattern = self._patterns[near]
        return bool(text and pattern and pattern.search(text))

    def cleared(self, value: Any, *, near: bool = False) -> Any:
        """A text, or the texts of a document, without this person."""
        pattern = self._patterns[near]
        return _cleared(value, pattern, _any(list(map(_address, self.mailed_at))), free=True) if pattern else value


def _cleared(value: Any, pattern: re.Pattern[str], addresses: re.Pattern[str] | None, *, free: bool) -> Any:
    """Under keys that are not for free text only addresses go: nothing else can be one."""
    if isinstance(value, str):
        found = pattern if free else addresses
        return found.sub(GONE, value) if found else value
    if isinstance(value, Mapping):
        return {key: _cleared(one, pattern, addresses, free=bool(_FREE.search(str(key)))) for key, one in value.items()}
    return [_cleared(one, pattern, addresses, free=free) for one in value] if isinstance(value, list) else value


def _any(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns)) if patterns else None


def _address(address: str) -> str:
    """As a word of its own, also as links write it."""
    quoted = re.escape(address).replace("@", "(?:@|%40)").replace(r"\+", r"(?:\+|%2B)")
    return rf"(?i:(?<![\w.+-]){quoted}(?![\w-]|\.\w))"


def _id(one: str) -> str:
    return rf"(?i:(?<![\w/-]){re.escape(one)}(?![\w-]))"


Counts = Mapping[str, int]
Work = Callable[[Person], Counts]


@dataclass
class _Registry:
    work: list[Work] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)


_registry = _Registry()


def erases(*columns: str) -> Callable[[Work], Work]:
    """Mark a function that forgets a person: `table.column` for everything it empties or clears.

    It runs inside the transaction of the erasure and answers what it did, in numbers by a name that a screen can show. With
    `person.counting` it writes nothing and answers the same numbers; the functions of `kernel.clearing` heed that.
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
