"""Reading one draft: is it valid, and what exactly does it say?"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _

from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import DEFAULT_SOURCE, DEFAULT_SURVEY, AnswerDraft, Rejected
from feedback.defects.rules import DefectCategory
from feedback.surveys.rules import AnswerChannel

MAX_NAME = 255
MAX_COMMENT = 20_000
MAX_DEFECTS = 100
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)
MAX_CODE = 100
CODE = re.compile(rf"[^\s:;]{{1,{MAX_CODE}}}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_CATEGORIES = {category.value: category for category in DefectCategory}
_ROLES = {role.value: role for role in ContactRole}
_NAMES = ("account_name", "segment", "region", "contact_name", "contact_email")
_SEPARATOR = "\x1f"


class Content:
    """What a valid draft says, in one spelling for all channels. None means "not said"."""

    __slots__ = (
        "account_external_id",
        "account_name",
        "categories",
        "channel",
        "comment",
        "contact_email",
        "contact_external_id",
        "contact_name",
        "contact_role",
        "contact_time_zone",
        "defects",
        "digest",
        "external_id",
        "invitation_id",
        "language",
        "region",
        "responded_at",
        "score",
        "segment",
        "source",
        "survey",
    )
    account_external_id: str
    contact_external_id: str
    source: str
    external_id: str | None
    survey: str
    score: int
    comment: str | None
    language: str | None
    channel: AnswerChannel | None
    responded_at: datetime | None
    defects: tuple[str, ...]
    categories: dict[str, DefectCategory]
    account_name: str | None
    segment: str | None
    region: str | None
    contact_name: str | None
    contact_email: str | None
    contact_role: ContactRole | None
    contact_time_zone: str | None
    invitation_id: int | None
    digest: str

    @property
    def identity(self) -> tuple[str, Any] | None:
        """What makes this answer the same one when it comes again; None for an answer without a name."""
        if self.external_id is not None:
            return self.source, self.external_id
        return None if self.invitation_id is None else ("", self.invitation_id)


_NO_CATEGORIES: dict[str, DefectCategory] = {}


def read(draft: AnswerDraft, latest: datetime) -> Content | Rejected:
    """Check a draft and bring it into its one spelling.

    Args:
        draft: as a channel received it.
        latest: answers given after this instant are refused.
    """
    errors: dict[str, list[str]] = {}
    content = Content()
    _read_identity(draft, content, errors)
    _read_answer(draft, content, errors)
    _read_time(draft.responded_at, latest, content, errors)
    _read_people(draft, content, errors)
    _read_defects(draft.defects, content, errors)
    if not errors:
        _seal(content, errors)
    return Rejected("invalid", errors) if errors else content


def _clean(value: str | None) -> str | None:
    return (value.strip() or None) if value else None


def _read_identity(draft: AnswerDraft, content: Content, errors: dict[str, list[str]]) -> None:
    account = _clean(draft.account_external_id)
    if account is None:
        errors["account_external_id"] = [_("Say which account this answer is about.")]
        account = ""
    content.account_external_id = account
    content.contact_external_id = _clean(draft.contact_external_id) or account
    content.source = _clean(draft.source) or DEFAULT_SOURCE
    content.external_id = _clean(draft.external_id)
    content.survey = _clean(draft.survey) or DEFAULT_SURVEY
    content.invitation_id = draft.invitation_id
    if (
        len(account) > MAX_NAME
        or len(content.contact_external_id) > MAX_NAME
        or len(content.source) > MAX_NAME
        or len(content.external_id or "") > MAX_NAME
        or len(content.survey) > MAX_NAME
    ):
        for field in ("account_external_id", "contact_external_id", "source", "external_id", "survey"):
            if len(getattr(content, field) or "") > MAX_NAME:
                errors[field] = [_too_long(MAX_NAME)]


def _read_answer(draft: AnswerDraft, content: Content, errors: dict[str, list[str]]) -> None:
    score = draft.score
    if type(score) is not int or not 0 <= score <= 10:
        errors["score"] = [_("The score is a whole number from 0 to 10.")]
    content.score = score
    comment = draft.comment
    if comment:
        if "\r" in comment:
            comment = comment.replace("\r\n", "\n").replace("\r", "\n")
        comment = comment.strip() or None
        if comment and len(comment) > MAX_COMMENT:
            errors["comment"] = [_too_long(MAX_COMMENT)]
    content.comment = comment or None
    content.channel = draft.channel
    language = _clean(draft.language)
    if language is not None:
        language = language.lower().replace("_", "-")
        if not LANGUAGE.fullmatch(language):
            errors["language"] = [_("Write the language as a code such as 'en', 'es' or 'pt-BR'.")]
    content.language = language


def _read_time(at: datetime | None, latest: datetime, content: Content, errors: dict[str, list[str]]) -> None:
    content.responded_at = None
    if at is None:
        return
    if at.tzinfo is None:
        errors["responded_at"] = [_("The time needs an offset from UTC, for example 2026-05-03T10:00:00+02:00.")]
    elif at > latest:
        errors["responded_at"] = [_("The time of the answer lies in the future.")]
    elif at < EARLIEST:
        errors["responded_at"] = [_("The time of the answer lies before 1990; check the format of the dates.")]
    else:
        content.responded_at = at.astimezone(UTC)


def _read_people(draft: AnswerDraft, content: Content, errors: dict[str, list[str]]) -> None:
    for field in _NAMES:
        value = getattr(draft, field)
        if value is not None:
            value = value.strip() or None
            if value is not None and len(value) > MAX_NAME:
                errors[field] = [_too_long(MAX_NAME)]
        setattr(content, field, value)
    if content.contact_email is not None and not _is_address(content.contact_email):
        errors["contact_email"] = [_("This is not an e-mail address.")]
    role = _clean(draft.contact_role)
    content.contact_role = None
    if role is not None:
        content.contact_role = _ROLES.get(role.lower())
        if content.contact_role is None:
            errors["contact_role"] = [_("The role is one of: %(roles)s.", roles=", ".join(_ROLES))]
    content.contact_time_zone = _clean(draft.contact_time_zone)
    if content.contact_time_zone is not None and content.contact_time_zone not in _zones():
        errors["contact_time_zone"] = [_("This time zone is not known; write it as in 'Europe/Madrid'.")]


def _is_address(text: str) -> bool:
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and "@" not in domain and not any(character.isspace() for character in text)


def _read_defects(codes: tuple[str, ...], content: Content, errors: dict[str, list[str]]) -> None:
    content.categories = _NO_CATEGORIES
    if not codes:
        content.defects = ()
        return
    names: dict[str, None] = {}  # a set in the order of the sender: the first defect names the issue
    categories = {}
    for said in codes:
        parsed = _parse_defect(said)
        if parsed is None:
            errors["defects"] = [_("'%(code)s' is not a defect: write 'code' or 'category:code'.", code=said[:MAX_NAME])]
            continue
        name, category = parsed
        names[name] = None
        if category is not None:
            categories[name] = category
    if len(names) > MAX_DEFECTS:
        errors["defects"] = [_("An answer cites at most %(limit)s defects.", limit=MAX_DEFECTS)]
    content.defects = tuple(names)
    content.categories = categories


@lru_cache(maxsize=4096)
def _parse_defect(said: str) -> tuple[str, DefectCategory | None] | None:
    prefix, colon, name = said.strip().rpartition(":")
    category = _CATEGORIES.get(prefix.strip().lower()) if colon else None
    name = name.strip()
    if (colon and category is None) or not CODE.fullmatch(name):
        return None
    return name, category


def _seal(content: Content, errors: dict[str, list[str]]) -> None:
    """Digest what the sender said about the answer itself; who the customer is may be told differently later."""
    at = content.responded_at
    said = (
        content.account_external_id,
        content.contact_external_id,
        content.survey,
        str(content.score),
        content.comment or "",
        content.language or "",
        content.channel.value if content.channel else "",
        at.isoformat() if at else "",
        ";".join(sorted(content.defects)),
    )
    around = (
        content.source,
        content.external_id or "",
        content.account_name or "",
        content.segment or "",
        content.region or "",
        content.contact_name or "",
        content.contact_email or "",
    )
    text, beside = _SEPARATOR.join(said), _SEPARATOR.join(around)
    try:
        encoded = text.encode()
        beside.encode()
        storable = text.count(_SEPARATOR) == len(said) - 1 and "\0" not in text and "\0" not in beside
    except UnicodeEncodeError:
        storable = False
    if storable:
        content.digest = hashlib.blake2b(encoded, digest_size=16).hexdigest()
    else:
        errors["text"] = [_("A text holds characters that cannot be stored, such as a zero byte or half a character.")]


def _too_long(limit: int) -> str:
    return _("At most %(limit)s characters.", limit=limit)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
