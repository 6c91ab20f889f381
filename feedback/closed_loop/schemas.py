"""What the API of answers takes and gives."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import DEFAULT_SOURCE, DEFAULT_SURVEY, AnswerDraft
from feedback.closed_loop.intake.content import LANGUAGE, MAX_CODE, MAX_COMMENT, MAX_DEFECTS, MAX_NAME, MAX_WISH
from feedback.issues.rules import CallWish
from feedback.surveys.rules import AnswerChannel, Band
from feedback.web.schemas import PageArgs, QueryId, Schema, Text

_DEFECT = rf"^\s*((product|price|service)\s*:\s*)?[^\s:;]{{1,{MAX_CODE}}}\s*$"
_NOON = time(12, tzinfo=UTC)


class Instant(fields.String):
    """A moment in ISO 8601; without an offset it is UTC, a date alone means noon UTC."""

    default_error_messages = {"invalid": "Write the time in ISO 8601, for example 2026-05-03T10:00:00Z."}

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"format": "date-time"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        try:
            return parse_instant(super()._deserialize(value, attr, data, **options))
        except ValueError as error:
            raise self.make_error("invalid") from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        return None if value is None else write_instant(value)


class Bound(Instant):
    """An end of a period: a date alone is the start of that day in UTC, so that whole days can be asked for."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        found = super()._deserialize(value, attr, data, **options)
        return found.replace(hour=0) if len(value.strip()) == len("2026-05-03") else found


def parse_instant(text: str) -> datetime:
    """Read a moment.

    Raises:
        ValueError: it is none.
    """
    text = text.strip()
    if len(text) == len("2026-05-03"):
        return datetime.combine(date.fromisoformat(text), _NOON)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def write_instant(at: datetime) -> str:
    """ISO 8601 in UTC, as every answer of the API has it."""
    return at.astimezone(UTC).isoformat()


class Score(fields.Integer):
    """A whole number from 0 to 10, which JSON may write as 3 or 3.0; true is not 1."""

    default_error_messages = {"invalid": "The score is a whole number from 0 to 10."}

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=0, max=10), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        whole = isinstance(value, float) and value.is_integer()
        return super()._deserialize(int(value) if whole else value, attr, data, **options)


def _name(**options: Any) -> Text:
    return Text(limit=MAX_NAME, **options)


def _about(**options: Any) -> Text:
    return Text(limit=MAX_NAME, empty=True, load_default=None, allow_none=True, **options)


def _wished(description: str) -> Text:
    return Text(limit=MAX_WISH, empty=True, load_default="", metadata={"description": description})


class CallWishIn(Schema):
    """They want to be called."""

    phone = Text(
        limit=MAX_WISH, empty=True, load_default="", metadata={"description": "On which number; empty: the one on record."}
    )
    best_time = Text(limit=MAX_WISH, empty=True, load_default="", metadata={"description": "When it suits, in their words."})

    @ma.post_load
    def make(self, data: dict[str, Any], **_options: Any) -> CallWish:
        """As the acceptor takes it."""
        return CallWish(**data)


class AnswerIn(Schema):
    """One answer, as another system hands it in."""

    source = _name(load_default=DEFAULT_SOURCE, metadata={"description": "The system that the answer comes from."})
    external_id = _name(
        load_default=None, allow_none=True, metadata={"description": "Identity in its source; makes repeating harmless."}
    )
    survey = _name(load_default=DEFAULT_SURVEY, metadata={"description": "Code of the survey program."})
    account_external_id = _name(required=True)
    account_name = _about(metadata={"description": "Used when the account is new or has no name yet."})
    contact_external_id = _name(required=True)
    contact_email = _about(checks=[validate.Regexp(r"^([^@\s]+@[^@\s]+)?$", error="This is not an e-mail address.")])
    contact_role = fields.Enum(ContactRole, by_value=True, load_default=None, allow_none=True)
    contact_time_zone = _about(metadata={"description": "IANA name, such as Europe/Madrid."})
    score = Score(required=True)
    comment = Text(limit=MAX_COMMENT, empty=True, load_default=None, allow_none=True)
    language = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", error="Write a code such as 'en', 'es' or 'pt-BR'."),
    )
    channel = fields.Enum(AnswerChannel, by_value=True, load_default=None, allow_none=True)
    responded_at = Instant(load_default=None, allow_none=True)
    defects = fields.List(
        fields.String(validate=validate.Regexp(_DEFECT, error="Write 'code' or 'category:code'.")),
        load_default=(),
        validate=validate.Length(max=MAX_DEFECTS),
    )

    call_me = fields.Nested(
        CallWishIn, load_default=None, allow_none=True, metadata={"description": "They want to be called; opens an issue."}
    )

    @ma.post_load
    def make(self, data: dict[str, Any], **_options: Any) -> AnswerDraft:
        """The draft that every channel hands to the acceptor."""
        role = data.pop("contact_role")
        return AnswerDraft(contact_role=role and role.value, defects=tuple(data.pop("defects")), **data)

    def load(self, data: Any, **options: Any) -> Any:
        """Read one answer. What is plainly right takes a short way; everything else gets the full check and its messages."""
        if not self.many and not options.get("many"):
            draft = read_plain(data)
            if draft is not None:
                return draft
        return super().load(data, **options)


_REQUIRED = ("account_external_id", "contact_external_id")
_SHORT = frozenset({"source", "external_id", "survey", *_REQUIRED})
_ABOUT = frozenset({"account_name", "contact_time_zone"})
_CHANNELS = {channel.value: channel for channel in AnswerChannel}
_ROLES = frozenset(role.value for role in ContactRole)


def read_plain(data: Any) -> AnswerDraft | None:
    """The draft of a body that is plainly what `AnswerIn` describes; None where a closer look is needed.

    Thousands of answers a second go through here; a test holds it against the schema.
    """
    if type(data) is not dict or type(data.get("score")) is not int or not 0 <= data["score"] <= 10:
        return None
    values: dict[str, Any] = {}
    for name, value in data.items():
        reader = _READERS.get(name)
        read = reader(value) if reader else None
        if read is None:
            return None
        values[name] = read
    if any(name not in values for name in _REQUIRED):
        return None
    return AnswerDraft(**values)


def _plain_name(value: Any) -> str | None:
    if type(value) is str and len(value) <= MAX_NAME:
        return value.strip() or None
    return None


def _plain_comment(value: Any) -> str | None:
    return value.strip() if type(value) is str and len(value) <= MAX_COMMENT else None


def _plain_language(value: Any) -> str | None:
    return value if type(value) is str and LANGUAGE.fullmatch(value) else None


def _plain_time(value: Any) -> datetime | None:
    try:
        return parse_instant(value) if type(value) is str else None
    except ValueError:
        return None


def _plain_defects(value: Any) -> tuple[str, ...] | None:
    if type(value) is not list or len(value) > MAX_DEFECTS:
        return None
    # a code with a category, spaces or other marks takes the long way
    return (
        tuple(value)
        if all(type(code) is str and code.replace("_", "").isalnum() and len(code) <= 100 for code in value)
        else None
    )


_READERS: Mapping[str, Any] = {
    **dict.fromkeys(_SHORT | _ABOUT, _plain_name),
    "score": lambda value: value,
    "comment": _plain_comment,
    "language": _plain_language,
    "responded_at": _plain_time,
    "defects": _plain_defects,
    "channel": lambda value: _CHANNELS.get(value) if type(value) is str else None,
    "contact_role": lambda value: value if type(value) is str and value in _ROLES else None,
}


class AnswerOut(Schema):
    """An answer as it is stored."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    score = fields.Integer(required=True)
    band = fields.Enum(Band, by_value=True, required=True)
    responded_at = Instant(required=True)
    defects = fields.List(fields.String(), required=True)
    issue_id = fields.Integer(required=True, allow_none=True)


class ListedAnswerOut(AnswerOut):
    """An answer in a list."""

    account_external_id = fields.String(required=True)
    contact_external_id = fields.String(required=True)
    contact_role = fields.Enum(ContactRole, by_value=True, required=True, attribute="role")
    source = fields.String(required=True)
    external_id = fields.String(required=True, allow_none=True)
    survey = fields.String(required=True)
    comment = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    channel = fields.Enum(AnswerChannel, by_value=True, required=True)
    segment = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    created_at = Instant(required=True)


class AnswerListArgs(PageArgs):
    """Which answers to list: `from` inclusive, `to` exclusive, a date alone being the start of its day in UTC."""

    account_id = QueryId(load_default=None)
    contact_id = QueryId(load_default=None)
    survey = fields.String(load_default=None, validate=validate.Length(max=MAX_NAME))
    from_ = Bound(data_key="from", load_default=None)
    to = Bound(load_default=None)


class BatchErrorOut(Schema):
    """Why one answer of a list was not stored; `index` counts from 0."""

    index = fields.Integer(required=True)
    code = fields.String(required=True, validate=validate.OneOf(["invalid", "unknown_code", "conflict"]))
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


class BatchOut(Schema):
    """What became of a list."""

    created = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    errors = fields.List(fields.Nested(BatchErrorOut), required=True)


class BatchIn(Schema):
    """A list of answers; each is checked and stored or refused on its own."""

    responses = fields.List(fields.Nested(AnswerIn), required=True, validate=validate.Length(max=10_000))
