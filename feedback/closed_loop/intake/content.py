"""Reading drafts: are they valid, and what exactly do they say?

Column by column, because most values repeat in a long list and are looked at once; a list of one takes the same way.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeVar
from zoneinfo import available_timezones

from flask_babel import gettext as _

from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import DEFAULT_SOURCE, DEFAULT_SURVEY, AnswerDraft, Rejected
from feedback.closed_loop.intake.said import Content, ReadAnswers
from feedback.defects.rules import DefectCategory
from feedback.issues.rules import CallWish
from feedback.kernel.db import microseconds

MAX_NAME = 255
MAX_COMMENT = 20_000
MAX_DEFECTS = 100
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)
MAX_CODE = 100
MAX_WISH = 100
CODE = re.compile(rf"[^\s:;]{{1,{MAX_CODE}}}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_CATEGORIES = {category.value: category for category in DefectCategory}
_ROLES = {role.value: role for role in ContactRole}
_SAID = tuple(field.name for field in fields(AnswerDraft))
_said = attrgetter(*_SAID)
_SEPARATOR = "\x1f"
_DIGITS = tuple(map(str, range(11)))
Value = TypeVar("Value")
Errors = dict[str, list[str]]
Citations = tuple[tuple[str, ...], dict[str, DefectCategory]]  # codes in the order of the sender; said categories
_NO_CITATIONS: Citations = ((), {})


class _Refusal(Exception):
    """Why a value cannot be taken, in words for the sender."""


def read(drafts: Sequence[AnswerDraft], latest: datetime) -> ReadAnswers:
    """Check drafts and bring them into their one spelling.

    Args:
        drafts: as a channel received them.
        latest: answers given after this instant are refused.
    """
    if not drafts:
        return ReadAnswers(dict.fromkeys(Content._fields, ()), {})
    return read_columns(dict(zip(_SAID, zip(*map(_said, drafts), strict=True), strict=True)), latest)


def read_columns(said: dict[str, Sequence[Any]], latest: datetime) -> ReadAnswers:
    """`read` for drafts that come by column, named as the fields of `AnswerDraft`; at least one."""
    return _Reading(said, latest).run()


class _Reading:
    """One list being read: its columns, and the errors found so far by row."""

    def __init__(self, said: dict[str, Sequence[Any]], latest: datetime) -> None:
        self.said, self.size, self.latest = said, len(said["score"]), latest
        self.errors: dict[int, Errors] = {}
        self.times: list[datetime | None] = []

    def run(self) -> ReadAnswers:
        columns = {**self._identity(), **self._answer(), **self._people()}
        columns["digest"] = _with_wishes(self._digests(columns), columns["call_me"])
        return ReadAnswers(columns, {index: Rejected("invalid", errors) for index, errors in self.errors.items()})

    def _column(self, field: str, rule: Callable[[Any], Value], instead: Value) -> list[Value]:
        """Each value under a rule, asked once per distinct value; a refused one is noted and stands as `instead`."""
        values = self.said[field]
        found: dict[Any, Value] = {}
        refused: dict[Any, str] = {}
        for value in set(values):
            try:
                found[value] = rule(value)
            except _Refusal as refusal:
                found[value], refused[value] = instead, str(refusal)
        if refused:
            for index, value in enumerate(values):
                if value in refused:
                    self._refuse(index, field, refused[value])
        return [found[values[0]]] * self.size if len(found) == 1 else [found[value] for value in values]

    def _refuse(self, index: int, field: str, message: str) -> None:
        self.errors.setdefault(index, {})[field] = [message]

    def _identity(self) -> dict[str, Sequence[Any]]:
        accounts = self._column("account_external_id", _account, "")
        contacts = self._column("contact_external_id", _name, None)
        sources = self._column("source", _name, None)
        if None in sources:
            sources = [source or DEFAULT_SOURCE for source in sources]
        names = self._column("external_id", _name, None)
        surveys = self._column("survey", _name, None)
        return {
            "account_external_id": accounts,
            "contact_external_id": [contact or account for contact, account in zip(contacts, accounts, strict=True)],
            "source": sources,
            "external_id": names,
            "survey": [survey or DEFAULT_SURVEY for survey in surveys] if None in surveys else surveys,
            "invitation_id": self.said["invitation_id"],
            "call_me": self._column("call_me", _call_wish, None),
        }

    def _answer(self) -> dict[str, Sequence[Any]]:
        self.said["defects"] = list(map(tuple, self.said["defects"]))
        scores = self._scores()
        comments = self._column("comment", _comment, None)
        languages = self._column("language", _language, None)
        self.times = self._column("responded_at", self._time, None)
        cited = self._column("defects", _citations, _NO_CITATIONS)
        return {
            "score": scores,
            "comment": comments,
            "language": languages,
            "channel": self.said["channel"],
            "responded_at": [at and microseconds(at) for at in self.times],
            "defects": [names for names, _ in cited],
            "categories": [categories for _, categories in cited],
        }

    def _scores(self) -> Sequence[int]:
        scores = self.said["score"]
        if set(map(type, scores)) == {int} and min(scores) >= 0 and max(scores) <= 10:
            return scores
        usable = [type(score) is int and 0 <= score <= 10 for score in scores]
        for index in range(self.size):
            if not usable[index]:
                self._refuse(index, "score", _("The score is a whole number from 0 to 10."))
        return [score if fit else 0 for score, fit in zip(scores, usable, strict=True)]

    def _time(self, at: datetime | None) -> datetime | None:
        if at is None:
            return None
        if at.tzinfo is None:
            raise _Refusal(_("The time needs an offset from UTC, for example 2026-05-03T10:00:00+02:00."))
        if at > self.latest:
            raise _Refusal(_("The time of the answer lies in the future."))
        if at < EARLIEST:
            raise _Refusal(_("The time of the answer lies before 1990; check the format of the dates."))
        return at if at.tzinfo is UTC else at.astimezone(UTC)

    def _people(self) -> dict[str, Sequence[Any]]:
        rules: dict[str, Callable[[Any], Any]] = {
            "account_name": _name,
            "segment": _name,
            "region": _name,
            "contact_name": _name,
            "contact_email": _email,
            "contact_role": _role,
            "contact_time_zone": _time_zone,
        }
        return {field: self._column(field, rule, None) for field, rule in rules.items()}

    def _digests(self, columns: dict[str, Sequence[Any]]) -> list[str]:
        defects = columns["defects"]
        joined = {codes: ";".join(sorted(codes)) for codes in set(defects)}
        said: tuple[Iterable[str], ...] = (
            columns["account_external_id"],
            columns["contact_external_id"],
            columns["survey"],
            [_DIGITS[score] for score in columns["score"]],
            [comment or "" for comment in columns["comment"]],
            [language or "" for language in columns["language"]],
            [at.isoformat() if at else "" for at in self.times],
            [joined[codes] for codes in defects],
        )
        texts = list(map(_SEPARATOR.join, zip(*said, strict=True)))
        self._refuse_unstorable(texts, columns, len(said))
        return [blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest() for text in texts]

    def _refuse_unstorable(self, texts: list[str], columns: dict[str, Sequence[Any]], parts: int) -> None:
        around = ("source", "external_id", "account_name", "segment", "region", "contact_name", "contact_email")
        beside = [columns[name] for name in around]
        if _storable("".join(texts), (parts - 1) * self.size) and all(
            _storable("".join(value for value in set(column) if value)) for column in beside
        ):
            return
        for index, text in enumerate(texts):
            said_beside = "".join(column[index] or "" for column in beside)
            if index not in self.errors and not (_storable(text, parts - 1) and _storable(said_beside)):
                message = _("A text holds characters that cannot be stored, such as a zero byte or half a character.")
                self._refuse(index, "text", message)


def _storable(text: str, separators: int | None = None) -> bool:
    """Whether every database can keep it; separators beyond those that join would make two texts look the same."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text and (separators is None or text.count(_SEPARATOR) == separators)


def _with_wishes(digests: list[str], wishes: Sequence[CallWish | None]) -> list[str]:
    """A wish to be called is part of what was said; without one the digest is that of the rest."""
    if not any(wishes):
        return digests
    return [digest if wish is None else _digest_of(digest, wish) for digest, wish in zip(digests, wishes, strict=True)]


def _digest_of(digest: str, wish: CallWish) -> str:
    text = _SEPARATOR.join((digest, wish.phone, wish.best_time))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _call_wish(wish: CallWish | None) -> CallWish | None:
    if wish is None:
        return None
    found = CallWish(" ".join(wish.phone.split()), " ".join(wish.best_time.split()))
    for text in (found.phone, found.best_time):
        if len(text) > MAX_WISH:
            raise _Refusal(_too_long(MAX_WISH))
        if not _storable(text, 0):
            raise _Refusal(_("A text holds characters that cannot be stored, such as a zero byte or half a character."))
    return found


def _clean(value: str | None) -> str | None:
    return (value.strip() or None) if value else None


def _name(value: str | None) -> str | None:
    text = _clean(value)
    if text is not None and len(text) > MAX_NAME:
        raise _Refusal(_too_long(MAX_NAME))
    return text


def _account(value: str | None) -> str:
    text = _name(value)
    if text is None:
        raise _Refusal(_("Say which account this answer is about."))
    return text


def _comment(value: str | None) -> str | None:
    if not value:
        return None
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    text = value.strip() or None
    if text and len(text) > MAX_COMMENT:
        raise _Refusal(_too_long(MAX_COMMENT))
    return text


def _language(value: str | None) -> str | None:
    text = _clean(value)
    if text is None:
        return None
    text = text.lower().replace("_", "-")
    if not LANGUAGE.fullmatch(text):
        raise _Refusal(_("Write the language as a code such as 'en', 'es' or 'pt-BR'."))
    return text


def _email(value: str | None) -> str | None:
    text = _name(value)
    if text is not None and not _is_address(text):
        raise _Refusal(_("This is not an e-mail address."))
    return text


def _role(value: str | None) -> ContactRole | None:
    text = _clean(value)
    if text is None:
        return None
    role = _ROLES.get(text.lower())
    if role is None:
        raise _Refusal(_("The role is one of: %(roles)s.", roles=", ".join(_ROLES)))
    return role


def _time_zone(value: str | None) -> str | None:
    text = _clean(value)
    if text is not None and text not in _zones():
        raise _Refusal(_("This time zone is not known; write it as in 'Europe/Madrid'."))
    return text


def _is_address(text: str) -> bool:
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and "@" not in domain and not any(character.isspace() for character in text)


def _citations(codes: tuple[str, ...]) -> Citations:
    if not codes:
        return _NO_CITATIONS
    names: dict[str, None] = {}  # a set in the order of the sender: the first defect names the issue
    categories: dict[str, DefectCategory] = {}
    for said in codes:
        parsed = _parse_defect(said)
        if parsed is None:
            raise _Refusal(_("'%(code)s' is not a defect: write 'code' or 'category:code'.", code=said[:MAX_NAME]))
        name, category = parsed
        names[name] = None
        if category is not None:
            categories[name] = category
    if len(names) > MAX_DEFECTS:
        raise _Refusal(_("An answer cites at most %(limit)s defects.", limit=MAX_DEFECTS))
    return tuple(names), categories


@lru_cache(maxsize=4096)
def _parse_defect(said: str) -> tuple[str, DefectCategory | None] | None:
    prefix, colon, name = said.strip().rpartition(":")
    category = _CATEGORIES.get(prefix.strip().lower()) if colon else None
    name = name.strip()
    if (colon and category is None) or not CODE.fullmatch(name):
        return None
    return name, category


def _too_long(limit: int) -> str:
    return _("At most %(limit)s characters.", limit=limit)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
