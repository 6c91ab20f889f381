"""The `webhooks` section of the OpenAPI document: what each kind of delivery holds, as JSON Schema."""

from typing import Any

from feedback.gate.rules import Advocacy, IssueBand, Outcome, Play, ShareOfWallet, Stance
from feedback.issues.rules import IssueState, Severity
from feedback.partners.outlook import CHANNELS
from feedback.partners.rules.news import SUBSCRIBABLE, NewsType

_SAID = {
    NewsType.GATE_OPENED: "The gate opened at an account: somebody there may be offered something by e-mail or by phone.",
    NewsType.GATE_CLOSED: "The gate closed at an account: nothing may be offered by ourselves. Take what is planned back.",
    NewsType.STANDING_CHANGED: "Advocacy, share of wallet, issues, play or stance of an account changed.",
    NewsType.RESPONSE_RECEIVED: "A customer answered, or an answer was corrected. Without comment and, unless asked for, score.",
    NewsType.ISSUE_OPENED: "An issue was opened.",
    NewsType.ISSUE_CHANGED: "Something happened to an issue; `change` says what.",
    NewsType.ISSUE_CLOSED: "An issue was closed.",
    NewsType.CONSENT_CHANGED: "A contact said something new about what we may do. Ask for it by id.",
}
_ID = {"type": "integer"}
_TEXT = {"type": "string"}


def webhooks_section() -> dict[str, Any]:
    """One entry for each kind of news."""
    return {kind.value: {"post": _operation(kind)} for kind in SUBSCRIBABLE}


def payload_schema(kind: NewsType) -> dict[str, Any]:
    """The schema of the body of one kind of delivery."""
    data = _object(
        {"account": _account(), "sequence": _described(_ID, "Grows with each piece of news of an account."), **_data(kind)}
    )
    return _object({"type": {"const": kind.value}, "timestamp": {"type": "string", "format": "date-time"}, "data": data})


def _operation(kind: NewsType) -> dict[str, Any]:
    headers = {
        "webhook-id": "The same with each try: who has seen it has seen this news.",
        "webhook-timestamp": "Seconds since 1970, of this try.",
        "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`; several while a secret is exchanged.",
    }
    taken = {"description": "Taken. 410 switches the webhook off; everything else is tried again for about a day."}
    return {
        "summary": _SAID[kind],
        "description": "At least once, in order for each account.",
        "tags": ["webhooks"],
        "parameters": [
            {"in": "header", "name": name, "required": True, "schema": _TEXT, "description": text}
            for name, text in headers.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": payload_schema(kind)}}},
        "responses": {"2XX": taken},
    }


def _data(kind: NewsType) -> dict[str, Any]:
    if kind is NewsType.RESPONSE_RECEIVED:
        said = {"id": _ID, "contact_id": _ID, "version": _ID}
        return {"response": _object(said, {"score": _ID, "band": _TEXT})}
    if kind in {NewsType.ISSUE_OPENED, NewsType.ISSUE_CHANGED, NewsType.ISSUE_CLOSED}:
        issue = {"id": _ID, "number": _ID, "state": _one_of(IssueState), "severity": _one_of(Severity)}
        return {"issue": _object(issue), "change": _TEXT}
    if kind is NewsType.CONSENT_CHANGED:
        return {"contact_id": _ID}
    before = _object({"standing": _standing(), "open": {"type": "boolean"}})
    return {"standing": _standing(), "gate": _gate(), "before": before}


def _account() -> dict[str, Any]:
    return _object({"id": _ID, "external_id": {"type": ["string", "null"]}, "url": _TEXT}, {"name": _TEXT})


def _standing() -> dict[str, Any]:
    bands = {"advocacy": Advocacy, "share_of_wallet": ShareOfWallet, "issues": IssueBand, "play": Play, "stance": Stance}
    return _object({name: _one_of(kind) for name, kind in bands.items()})


def _gate() -> dict[str, Any]:
    reasons = {"type": "array", "items": _TEXT}
    contact = _described({"type": ["integer", "null"]}, "Whom the gate would take itself.")
    channel = _object({"open": {"type": "boolean"}, "outcome": _one_of(Outcome), "contact_id": contact, "reasons": reasons})
    channels = _object({}, {name.value: channel for name in CHANNELS})
    return _object({"open": {"type": "boolean"}, "channels": channels}, {"because": {"const": "account_closed"}})


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = required | (optional or {})
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _one_of(kind: Any) -> dict[str, Any]:
    return {"type": "string", "enum": [member.value for member in kind]}


def _described(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return schema | {"description": text}
