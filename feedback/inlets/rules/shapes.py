"""Reading an event: from a vendor's document and a mapping to what was said. Knows no database and no clock.

A mapping says for each field where its value stands:

    /form_response/token    a JSON pointer (RFC 6901) into the document
    hidden:account          a hidden field (Typeform), a custom variable (SurveyMonkey), embedded data (Qualtrics)
    field:score             an answer, by the reference or id of its question
    =relationship           this very text
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from feedback.inlets.rules.kinds import ConnectorKind, Trouble

FIELDS = (
    "account",
    "contact",
    "contact_email",
    "contact_name",
    "score",
    "comment",
    "reasons",
    "language",
    "survey",
    "responded_at",
    "changed_at",
    "answer_id",
    "event_id",
    "token",
    "version",
)
REQUIRED = ("score", "answer_id")
MAX_REFERENCE = 300
_NUMBER = re.compile(r"(?<![\d.,-])(10|[0-9])(?![\d.,])")
_LARGEST = 10**18  # an id that another system writes as a number
_MISSING: Any = object()

PRESETS: dict[ConnectorKind, dict[str, str]] = {
    ConnectorKind.TYPEFORM: {
        "account": "hidden:account",
        "contact": "hidden:contact",
        "token": "hidden:token",
        "score": "field:score",
        "comment": "field:comment",
        "responded_at": "/form_response/submitted_at",
        "answer_id": "/form_response/token",
        "event_id": "/event_id",
    },
    ConnectorKind.SURVEYMONKEY: {
        "account": "hidden:account",
        "contact": "hidden:contact",
        "token": "hidden:token",
        "score": "field:score",
        "comment": "field:comment",
        "responded_at": "/date_modified",
        "changed_at": "/date_modified",
        "answer_id": "/id",
    },
    ConnectorKind.QUALTRICS: {
        "account": "hidden:account",
        "contact": "hidden:contact",
        "token": "hidden:token",
        "score": "field:score",
        "comment": "field:comment",
        "responded_at": "hidden:recordedDate",
        "answer_id": "/responseId",
    },
    ConnectorKind.GENERIC: {
        "account": "/account",
        "contact": "/contact",
        "score": "/score",
        "comment": "/comment",
        "responded_at": "/responded_at",
        "changed_at": "/changed_at",
        "answer_id": "/id",
    },
}


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says about one answer. None means "not said"; `reasons` are codes of the catalogue."""

    answer_id: str
    score: int
    event_id: str | None = None
    account: str | None = None
    contact: str | None = None
    contact_email: str | None = None
    contact_name: str | None = None
    comment: str | None = None
    reasons: tuple[str, ...] = ()
    language: str | None = None
    survey: str | None = None
    responded_at: datetime | None = None
    changed_at: datetime | None = None
    token: str | None = None

    def place(self, digest: str, received_at: datetime) -> str:
        """Where this event stands among those about the same answer; the greatest one counts, in whatever order they came.

        The time of the change decides; changes of the same moment are told apart by what does not depend on their arrival. An
        event that does not say when the answer was changed stands, among those of the same moment, where it arrived: nothing
        else tells a correction from what it corrects.
        """
        moment = self.changed_at or self.responded_at or received_at
        arrived = 0 if self.changed_at else _microseconds(received_at)
        return f"{_microseconds(moment):020d}|{arrived:020d}|{self.event_id or ''}|{digest}"


def _microseconds(at: datetime) -> int:
    return max(int(at.timestamp() * 1_000_000), 0)


class Unfit(Exception):
    """An event that cannot be read as an answer: `field` and `found` say where it hurts."""

    def __init__(self, trouble: Trouble, field: str = "", found: object = "") -> None:
        super().__init__(trouble.value, field)
        self.trouble, self.field, self.found = trouble, field, str(found)[:100]


def read_said(kind: ConnectorKind, document: Any, mapping: Mapping[str, str], versions: tuple[str, ...] = ()) -> Said:
    """What a document says.

    Args:
        mapping: laid over the preset of the kind; an empty reference takes a field out.
        versions: those of the generic shape that are understood; without any the version is not looked at.

    Raises:
        Unfit: a required field is missing, a value makes no sense, or the version is not known.
    """
    references = {name: text for name, text in {**PRESETS[kind], **mapping}.items() if text}
    values = {name: find(kind, document, references[name]) for name in FIELDS if name in references}
    if versions and _text(values, "version") not in versions:
        raise Unfit(Trouble.UNKNOWN_VERSION, "version", values.get("version", ""))
    answer_id = _text(values, "answer_id")
    if answer_id is None:
        raise Unfit(Trouble.MISSING, "answer_id")
    if values.get("score", _MISSING) in (_MISSING, None, ""):
        raise Unfit(Trouble.MISSING, "score")
    texts = ("event_id", "account", "contact", "contact_email", "contact_name", "comment", "language", "survey", "token")
    return Said(
        answer_id=answer_id,
        score=read_score(values["score"]),
        reasons=_codes(values.get("reasons")),
        responded_at=_moment(values, "responded_at"),
        changed_at=_moment(values, "changed_at"),
        **{name: _text(values, name) for name in texts},
    )


def find(kind: ConnectorKind, document: Any, reference: str) -> Any:
    """The value a reference leads to; a marker that equals nothing when there is none."""
    if reference.startswith("="):
        return reference[1:]
    if reference.startswith("/"):
        return point(document, reference)
    sort, _, name = reference.partition(":")
    finders = {
        ConnectorKind.TYPEFORM: _find_typeform,
        ConnectorKind.SURVEYMONKEY: _find_surveymonkey,
        ConnectorKind.QUALTRICS: _find_qualtrics,
    }
    return finders[kind](document, sort, name) if kind in finders else _MISSING


def is_reference(kind: ConnectorKind, text: str) -> bool:
    """Whether a text can lead anywhere in a document of this kind."""
    if len(text) > MAX_REFERENCE:
        return False
    if text.startswith(("=", "/")):
        return len(text) > 1
    sort, colon, name = text.partition(":")
    return kind is not ConnectorKind.GENERIC and bool(colon and name) and sort in {"hidden", "field"}


def point(document: Any, pointer: str) -> Any:
    """Follow a JSON pointer."""
    node = document
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(name, _MISSING)
        elif isinstance(node, list) and name.isascii() and name.isdigit() and len(name) < 6 and int(name) < len(node):
            node = node[int(name)]
        else:
            return _MISSING
    return node


def _members(node: Any, name: str) -> list[Any]:
    found = node.get(name) if isinstance(node, dict) else None
    return found if isinstance(found, list) else []


def _member(node: Any, name: str) -> Any:
    return node.get(name, _MISSING) if isinstance(node, dict) else _MISSING


def _find_typeform(document: Any, sort: str, name: str) -> Any:
    response = _member(document, "form_response")
    if sort == "hidden":
        return _member(_member(response, "hidden"), name)
    for answer in _members(response, "answers"):
        field = _member(answer, "field")
        if name in (_member(field, "ref"), _member(field, "id")):
            return _typeform_value(answer)
    return _MISSING


def _typeform_value(answer: Any) -> Any:
    kind = _member(answer, "type")
    value = _member(answer, kind) if isinstance(kind, str) else _MISSING
    if kind == "choice":
        return next((_member(value, part) for part in ("label", "other") if _member(value, part) is not _MISSING), _MISSING)
    if kind == "choices":
        other = _member(value, "other")
        return [*_members(value, "labels"), *([other] if isinstance(other, str) else [])]
    return value


def _find_surveymonkey(document: Any, sort: str, name: str) -> Any:
    """In the details of a response, asked for with `simple=true`: each answer has its words in `simple_text`."""
    if sort == "hidden":
        return _member(_member(document, "custom_variables"), name)
    for page in _members(document, "pages"):
        for question in _members(page, "questions"):
            if _member(question, "id") == name:
                said = [_surveymonkey_value(answer) for answer in _members(question, "answers")]
                return said[0] if len(said) == 1 else said or _MISSING
    return _MISSING


def _surveymonkey_value(answer: Any) -> Any:
    texts = (_member(answer, part) for part in ("text", "simple_text"))
    return next((text for text in texts if text not in (_MISSING, None, "")), _MISSING)


def _find_qualtrics(document: Any, sort: str, name: str) -> Any:
    """In a response as the API gives it: answers and embedded data stand side by side in `values`."""
    value = _member(_member(document, "values"), name)
    return value if sort == "hidden" or value is not _MISSING else _member(_member(document, "labels"), name)


def read_score(value: Any) -> int:
    """A whole number from 0 to 10, also when it stands in words such as "9 - very likely".

    Raises:
        Unfit: there is none, or more than one.
    """
    if isinstance(value, bool):
        _refuse_score(value)
    if isinstance(value, int | float):
        return int(value) if 0 <= value <= 10 and value == int(value) else _refuse_score(value)
    found = set(_NUMBER.findall(value)) if isinstance(value, str) and len(value) <= 200 else set()
    return int(found.pop()) if len(found) == 1 else _refuse_score(value)


def _refuse_score(value: object) -> NoReturn:
    raise Unfit(Trouble.BAD_VALUE, "score", value)


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name, _MISSING)
    if value is _MISSING or value is None:
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < _LARGEST:
        return str(int(value)) if value == int(value) else str(value)
    if name == "comment" and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "; ".join(value) or None
    raise Unfit(Trouble.BAD_VALUE, name, value)


def _codes(value: Any) -> tuple[str, ...]:
    if value is _MISSING or value is None:
        return ()
    parts = re.split(r"[;,]", value) if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise Unfit(Trouble.BAD_VALUE, "reasons", value)
    return tuple(part.strip() for part in parts if part.strip())


def _moment(values: Mapping[str, Any], name: str) -> datetime | None:
    """ISO 8601, with a space or a T; without an offset it is UTC. Seconds or milliseconds since 1970 do as well."""
    value = values.get(name, _MISSING)
    if value in (_MISSING, None, ""):
        return None
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value.strip())
        elif isinstance(value, int) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value / 1000 if value > 100_000_000_000 else value, UTC)
        else:
            raise ValueError(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unfit(Trouble.BAD_VALUE, name, value) from error
