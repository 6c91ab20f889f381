"""What kind of event a document is, before anybody looks for an answer in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback.inlets.rules.kinds import ConnectorKind, Trouble
from feedback.inlets.rules.shapes import Unfit, read_said

__all__ = ["Carried", "Nothing", "Pointed", "Unfit", "classify", "read_said", "set_aside"]
_TYPEFORM_OTHERS = frozenset({"form_response_partial"})
_SURVEYMONKEY_ANSWERS = frozenset({"response_completed", "response_updated"})
_SURVEYMONKEY_TYPE = re.compile(r"application/vnd\.surveymonkey\.[a-z]+\.v1\+json|application/json", re.IGNORECASE)
_SURVEYMONKEY_PREVIEWS = frozenset({"preview", "survey_preview"})
_QUALTRICS_ASIDE = {"1": "preview", "2": "test", "8": "spam"}  # `status` of a response, as it is recorded
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Carried:
    """The document holds the answer."""

    document: Any


@dataclass(frozen=True, slots=True)
class Pointed:
    """The document only names an answer; it has to be fetched."""

    survey_id: str
    response_id: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """The event is about something else."""

    about: str


def classify(kind: ConnectorKind, document: Any, content_type: str) -> Carried | Pointed | Nothing:
    """What to do with an event.

    Args:
        document: its JSON; of Qualtrics' form-encoded events the fields, as an object.

    Raises:
        Unfit: of a kind or version that is not known, or without the ids it should have.
    """
    if not isinstance(document, dict):
        raise Unfit(Trouble.NOT_READABLE, "document")
    if kind is ConnectorKind.TYPEFORM:
        return _typeform(document)
    if kind is ConnectorKind.SURVEYMONKEY:
        return _surveymonkey(document, content_type)
    return _qualtrics(document) if kind is ConnectorKind.QUALTRICS else Carried(document)


def _typeform(document: dict[str, Any]) -> Carried | Nothing:
    sort = document.get("event_type")
    if isinstance(sort, str) and sort in _TYPEFORM_OTHERS:
        return Nothing(str(sort))
    if sort != "form_response":
        raise Unfit(Trouble.UNKNOWN_VERSION, "event_type", sort)
    if not isinstance(document.get("form_response"), dict):
        raise Unfit(Trouble.MISSING, "form_response")
    return Carried(document)


def _surveymonkey(document: dict[str, Any], content_type: str) -> Pointed | Nothing:
    if content_type and not _SURVEYMONKEY_TYPE.fullmatch(content_type):
        raise Unfit(Trouble.UNKNOWN_VERSION, "Content-Type", content_type)
    sort = document.get("event_type")
    if not isinstance(sort, str):
        raise Unfit(Trouble.UNKNOWN_VERSION, "event_type", sort)
    if sort not in _SURVEYMONKEY_ANSWERS:
        return Nothing(sort)
    resources = document.get("resources")
    survey = resources.get("survey_id") if isinstance(resources, dict) else None
    event_id = str(document.get("event_id") or "")[:255] or None
    response = _identifier(document.get("object_id"), "object_id")
    return Pointed(_identifier(survey, "resources/survey_id"), response, event_id)


def _qualtrics(document: dict[str, Any]) -> Carried | Pointed | Nothing:
    """A workflow sends a document of its own making; a subscription sends ids."""
    if "values" in document:
        return Carried(document)
    status, response = document.get("Status"), document.get("ResponseID")
    if response is None:
        raise Unfit(Trouble.UNKNOWN_VERSION, "ResponseID")
    if status is not None and str(status).lower() not in {"complete", "completed"}:
        return Nothing(str(status))
    return Pointed(_identifier(document.get("SurveyID"), "SurveyID"), _identifier(response, "ResponseID"))


def set_aside(kind: ConnectorKind, document: Mapping[str, Any]) -> str | None:
    """Why a whole answer says nothing: it is not ended, or somebody only looked at the survey before it was published."""
    if kind is ConnectorKind.SURVEYMONKEY:
        status, mode = document.get("response_status"), document.get("collection_mode")
        if status is not None and status != "completed":
            return str(status)[:100]
        return str(mode) if mode in _SURVEYMONKEY_PREVIEWS else None
    values = document.get("values") if kind is ConnectorKind.QUALTRICS else None
    if not isinstance(values, dict):
        return None
    if str(values.get("finished")).lower() in {"0", "false"}:
        return "unfinished"
    return _QUALTRICS_ASIDE.get(str(values.get("status")))


def _identifier(value: Any, field: str) -> str:
    """An id that may stand in an address."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _IDENTIFIER.fullmatch(text):
        raise Unfit(Trouble.MISSING if value is None else Trouble.BAD_VALUE, field, value)
    return text
