"""The port to vendors whose events only name an answer.

The contract, as both vendors document it:

- SurveyMonkey: `GET /v3/surveys/{survey}/responses/{response}/details?simple=true`, `Authorization: Bearer TOKEN`; the document
  itself, with `response_status`, `date_modified`, `custom_variables` and `pages[].questions[].answers[].simple_text`.
- Qualtrics: `GET /API/v3/surveys/{survey}/responses/{response}`, `X-API-TOKEN: TOKEN`; the document under `result`, with
  `responseId` and `values`, in which answers and embedded data stand side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app

from feedback.egress.fetching import FetchFailed
from feedback.egress.fetching import fetch as fetch_bytes
from feedback.inlets.connectors import api_token_of
from feedback.inlets.models import Connector
from feedback.inlets.rules.events import Pointed
from feedback.inlets.rules.kinds import ConnectorKind
from feedback.web.blueprint import parse_json


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask for, and where in its answer the document stands."""

    address: str
    headers: dict[str, str]
    inside: str | None = None


def call_for(connector: Connector, pointed: Pointed) -> Call | None:
    """How to fetch an answer; None without an address and a token."""
    token = api_token_of(connector)
    if not token or not connector.api_address:
        return None
    base = connector.api_address.rstrip("/")
    return _CALLS[connector.kind](base, token, pointed)


def _surveymonkey(base: str, token: str, pointed: Pointed) -> Call:
    path = f"/v3/surveys/{pointed.survey_id}/responses/{pointed.response_id}/details?simple=true"
    return Call(base + path, {"Authorization": f"Bearer {token}", "Accept": "application/json"})


def _qualtrics(base: str, token: str, pointed: Pointed) -> Call:
    path = f"/API/v3/surveys/{pointed.survey_id}/responses/{pointed.response_id}"
    return Call(base + path, {"X-API-TOKEN": token, "Accept": "application/json"}, inside="result")


_CALLS: dict[ConnectorKind, Callable[[str, str, Pointed], Call]] = {
    ConnectorKind.SURVEYMONKEY: _surveymonkey,
    ConnectorKind.QUALTRICS: _qualtrics,
}


def fetch(call: Call) -> dict[str, Any]:
    """The document of an answer. Takes seconds: call it outside of any transaction.

    Raises:
        FetchFailed: it did not come, or is none.
    """
    settings = current_app.extensions["closedloop_settings"]
    body = fetch_bytes(call.address, call.headers, private_hosts=settings.private_hosts)
    try:
        document = parse_json(body)
    except ValueError as error:
        raise FetchFailed("what came is not JSON", final=True) from error
    found = document.get(call.inside) if call.inside and isinstance(document, dict) else document
    if not isinstance(found, dict):
        raise FetchFailed("what came is not an answer", final=True)
    return found
