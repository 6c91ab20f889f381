"""Other systems, as they sign and shape what they send. Documents are ours, in the vendors' shapes."""

import base64
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.inlets import connectors
from feedback.inlets.connectors import ConnectorDraft
from feedback.inlets.rules.kinds import ConnectorKind, Scheme
from feedback.kernel import clock
from feedback.uow import transaction

SECRET = "a secret of the vendor 123"


def make_connector(kind: ConnectorKind, **values: Any) -> int:
    """A connector whose code is its kind, with a mapping for the documents below."""
    draft = {"code": kind.value, "name": kind.value.title(), "secret": SECRET} | values
    if kind is ConnectorKind.SURVEYMONKEY:
        draft |= {"api_key": "client-1"}
    with transaction():
        return connectors.create_connector(ConnectorDraft(kind=kind, **draft), actor="user:1")[0].id


def typeform(answer: str = "a1", *, account: str | None = "acme", score: Any = 9, **values: Any) -> dict[str, Any]:
    """One `form_response`."""
    hidden = {"account": account, "contact": "ana"} | values.pop("hidden", {})
    at = values.pop("at", "2026-11-20T10:00:00Z")
    answers = [
        {"type": "number", "number": score, "field": {"id": "F1", "type": "opinion_scale", "ref": "score"}},
        {
            "type": "text",
            "text": values.pop("comment", "Quick help"),
            "field": {"id": "F2", "type": "long_text", "ref": "comment"},
        },
    ]
    response = {"form_id": "form1", "token": answer, "submitted_at": at, "hidden": hidden, "answers": answers}
    return {"event_id": values.pop("event", f"event-{answer}-{at}"), "event_type": "form_response", "form_response": response}


def send_typeform(client: FlaskClient, document: Any, *, secret: str = SECRET, code: str = "typeform") -> TestResponse:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    signature = "sha256=" + base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    headers = {"Typeform-Signature": signature, "Content-Type": "application/json"}
    return client.post(f"/inbound/{code}", data=body, headers=headers)


def surveymonkey(response: str = "987", event: str = "response_completed") -> dict[str, Any]:
    """A notice, which only names the answer."""
    return {
        "name": "Our hook",
        "filter_type": "survey",
        "filter_id": "55",
        "event_type": event,
        "event_id": f"sm-{response}-{event}",
        "object_type": "response",
        "object_id": response,
        "event_datetime": "2026-11-20T10:00:00.000000+00:00",
        "resources": {"survey_id": "55", "collector_id": "7", "respondent_id": response, "recipient_id": "0"},
    }


def surveymonkey_details(response: str = "987", *, score: str = "3", status: str = "completed") -> dict[str, Any]:
    """What the API answers for it, with `simple=true`."""
    questions = [
        {"id": "score", "answers": [{"choice_id": "1", "row_id": "2", "simple_text": score}]},
        {"id": "comment", "answers": [{"text": "Too slow", "simple_text": "Too slow"}]},
    ]
    return {
        "id": response,
        "survey_id": "55",
        "response_status": status,
        "date_created": "2026-11-20T09:55:00+00:00",
        "date_modified": "2026-11-20T10:00:00+00:00",
        "custom_variables": {"account": "acme", "contact": "ana"},
        "pages": [{"id": "p1", "questions": questions}],
    }


def send_surveymonkey(client: FlaskClient, document: Any, *, secret: str = SECRET) -> TestResponse:
    body = json.dumps(document).encode()
    signature = base64.b64encode(hmac.digest(f"client-1&{secret}".encode(), body, "sha1")).decode()
    headers = {
        "Sm-Apikey": "client-1",
        "Sm-Signature": signature,
        "Content-Type": "application/vnd.surveymonkey.response.v1+json",
    }
    return client.post("/inbound/surveymonkey", data=body, headers=headers)


def qualtrics_event(response: str = "R_1", *, secret: str | None = SECRET) -> bytes:
    """A subscription's event: a form with a signed message."""
    message = json.dumps(
        {"Status": "Complete", "SurveyID": "SV_1", "ResponseID": response, "CompletedDate": "2026-11-20 10:00:00"}
    )
    fields = {"Topic": "brand.surveyengine.completedResponse.SV_1", "MSG": message}
    if secret is not None:
        fields["HMAC"] = hmac.digest(secret.encode(), message.encode(), "sha512").hex()
    return urlencode(fields).encode()


def qualtrics_response(response: str = "R_1", score: int = 10) -> dict[str, Any]:
    """What the API answers under `result`, and what a workflow can send."""
    values = {"recordedDate": "2026-11-20T10:00:00Z", "account": "acme", "contact": "ana", "score": score, "comment": "All good"}
    return {"responseId": response, "values": values}


def generic(answer: str = "g1", **values: Any) -> dict[str, Any]:
    """The shape of the preset."""
    said = {"account": "acme", "contact": "ana", "score": 8, "comment": "Fine", "responded_at": "2026-11-20T10:00:00Z"}
    return {"id": answer} | said | values


@dataclass
class StandardSender:
    """Signs as Standard Webhooks does."""

    client: FlaskClient
    secret: str
    code: str = "generic"

    def send(self, document: Any, message_id: str, *, age: float = 0, signed: bytes | None = None) -> TestResponse:
        body = json.dumps(document).encode()
        stamp = str(int(clock.now().timestamp() - age))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        code = base64.b64encode(hmac.digest(key, f"{message_id}.{stamp}.".encode() + (signed or body), "sha256")).decode()
        headers = {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{code}"}
        return self.client.post(f"/inbound/{self.code}", data=body, headers=headers | {"Content-Type": "application/json"})


def standard_sender(app: Flask, client: FlaskClient, **values: Any) -> StandardSender:
    """A generic connector and who sends to it."""
    with app.app_context(), transaction():
        draft = ConnectorDraft("generic", "Generic", ConnectorKind.GENERIC, scheme=Scheme.STANDARD_WEBHOOKS, **values)
        secret = connectors.create_connector(draft, actor="user:1")[1]
    return StandardSender(client, secret)
