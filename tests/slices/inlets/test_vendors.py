"""SurveyMonkey and Qualtrics as their public documentation shows them: every member that they send, not only those we read."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.closed_loop import inbound
from feedback.extensions import db
from feedback.inlets.connectors import get_connector
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.rules.kinds import ConnectorKind, EventState, Trouble
from feedback.inlets.trial import try_out
from feedback.inlets.wording import why_words
from feedback.surveys.models import Response
from feedback.uow import transaction
from tests.slices.inlets import senders
from tests.slices.inlets.test_fetching import Vendor, connect, vendor

__all__ = ["vendor"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# api.surveymonkey.com/v3/docs, "Webhook Callbacks"
SM_NOTICE: dict[str, Any] = {
    "name": "My Webhook",
    "filter_type": "survey",
    "filter_id": "105724755",
    "event_type": "response_completed",
    "event_id": "10027345423",
    "object_type": "response",
    "object_id": "5007154325",
    "event_datetime": "2026-11-20T12:56:55.682613+00:00",
    "resources": {
        "respondent_id": "5007154325",
        "recipient_id": "0",
        "collector_id": "50253690",
        "survey_id": "105724755",
        "user_id": "115345421",
    },
}
# the same, "/surveys/{id}/responses/{id}/details", with `simple=true`; an NPS question is a matrix of one row without words
SM_DETAILS: dict[str, Any] = {
    "id": "5007154325",
    "recipient_id": "",
    "collection_mode": "default",
    "response_status": "completed",
    "custom_value": "",
    "first_name": "",
    "last_name": "",
    "email_address": "",
    "ip_address": "192.168.4.16",
    "logic_path": {},
    "metadata": {"contact": {}, "respondent": {"language": {"type": "string", "value": "en"}}},
    "page_path": [],
    "collector_id": "50253690",
    "survey_id": "105724755",
    "custom_variables": {"account": "acme", "contact": "ana"},
    "edit_url": "https://www.surveymonkey.com/r/",
    "analyze_url": "https://www.surveymonkey.com/analyze/browse/",
    "total_time": 60,
    "date_modified": "2026-11-20T12:56:55+00:00",
    "date_created": "2026-11-20T12:55:55+00:00",
    "href": "https://api.surveymonkey.com/v3/surveys/105724755/responses/5007154325",
    "pages": [
        {
            "id": "103332310",
            "questions": [
                {
                    "id": "319352786",
                    "family": "matrix",
                    "subtype": "rating",
                    "heading": "How likely is it that you would recommend us?",
                    "answers": [
                        {
                            "choice_id": "3567215118",
                            "row_id": "3567215107",
                            "choice_metadata": {"weight": "3"},
                            "simple_text": " - 3",
                        }
                    ],
                },
                {
                    "id": "319352787",
                    "family": "open_ended",
                    "subtype": "essay",
                    "answers": [{"text": "Late", "simple_text": "Late"}],
                },
            ],
        }
    ],
}
SM_MAPPING = {"score": "field:319352786", "comment": "field:319352787"}
# api.qualtrics.com, "Listening to event subscriptions", and a body that a customer showed at community.qualtrics.com
Q_MESSAGE = {
    "Status": "Complete",
    "SurveyID": "SV_cVn9uBwheR9hz01",
    "RecipientID": "CGC_GiMUyLkGpEZsVF3",
    "ResponseEventContext": "",
    "DistributionID": "EMD_96woxYS85Cg5Lqx",
    "ResponseID": "R_suq806jn8LGzhx7",
    "CompletedDate": "2026-10-22 12:31:40",
    "BrandID": "peopleplus",
}
# api.qualtrics.com, "Retrieve a survey response"
Q_RESPONSE: dict[str, Any] = {
    "result": {
        "responseId": "R_suq806jn8LGzhx7",
        "values": {
            "startDate": "2026-10-22T12:30:58Z",
            "endDate": "2026-10-22T12:31:40Z",
            "status": 0,
            "ipAddress": "192.0.2.7",
            "progress": 100,
            "duration": 42,
            "finished": 1,
            "recordedDate": "2026-10-22T12:31:40.512Z",
            "_recordId": "R_suq806jn8LGzhx7",
            "distributionChannel": "email",
            "userLanguage": "EN",
            "QID1": 9,
            "QID1_NPS_GROUP": 3,
            "QID2_TEXT": "All good",
            "account": "acme",
            "contact": "ana",
        },
        "labels": {"status": "IP Address", "finished": "True", "QID1": "9", "QID1_NPS_GROUP": "Promoter"},
        "displayedFields": ["QID1", "QID2_TEXT"],
        "displayedValues": {"QID1": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]},
    },
    "meta": {"requestId": "5c5f9e1f", "httpStatus": "200 - OK"},
}
Q_MAPPING = {"score": "field:QID1", "comment": "field:QID2_TEXT"}


def map_to(app: Flask, mapping: dict[str, str]) -> None:
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Connector).values(mapping=mapping))


def stand(app: Flask) -> list[tuple[EventState, Trouble | None, dict[str, Any]]]:
    with app.app_context():
        query = sa.select(InboundEvent.state, InboundEvent.trouble, InboundEvent.detail).order_by(InboundEvent.id)
        return [tuple(row) for row in db.session.execute(query)]


def answers(app: Flask) -> list[tuple[str, int, str | None]]:
    with app.app_context():
        inbound.fetch_waiting()
        return [tuple(row) for row in db.session.execute(sa.select(Response.external_id, Response.score, Response.comment))]


def qualtrics_form(message: str | None = None) -> bytes:
    text = json.dumps(Q_MESSAGE) if message is None else message
    signature = senders.hmac.digest(senders.SECRET.encode(), text.encode(), "sha512").hex()
    fields = {"Topic": "peopleplus.surveyengine.completedResponse.SV_cVn9uBwheR9hz01", "HMAC": signature, "MSG": text}
    return urlencode(fields).encode()


@pytest.mark.parametrize("path", ["/inbound/surveymonkey", "/inbound/nobody", "/inbound/qualtrics/secret"])
def test_a_vendor_finds_somebody_at_the_address(client: FlaskClient, path: str) -> None:
    """SurveyMonkey makes no webhook before HEAD is answered with 200; Qualtrics wants GET and POST. Both learn nothing by it."""
    assert [(answer.status_code, answer.data) for answer in (client.head(path), client.get(path))] == [(200, b"")] * 2


def test_a_notice_of_surveymonkey_becomes_an_answer(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    map_to(app, SM_MAPPING)
    vendor.document = SM_DETAILS
    for notice in (SM_NOTICE, SM_NOTICE, SM_NOTICE | {"event_type": "response_updated", "event_id": "2"}):
        assert senders.send_surveymonkey(client, notice).status_code in {200, 202}
    assert senders.send_surveymonkey(client, SM_NOTICE, secret="another secret of theirs").status_code == 401
    assert answers(app) == [("5007154325", 3, "Late")]
    assert len(stand(app)) == 2


def test_after_a_corrected_mapping_the_answer_is_fetched_again(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    vendor.document = SM_DETAILS
    senders.send_surveymonkey(client, SM_NOTICE)
    assert answers(app) == []
    assert stand(app) == [(EventState.QUARANTINED, Trouble.MISSING, {"field": "score", "found": ""})]
    map_to(app, SM_MAPPING)
    with app.app_context():
        event_id = db.session.scalars(sa.select(InboundEvent.id)).one()
        inbound.replay_many([event_id], actor="user:1")
    assert answers(app) == [("5007154325", 3, "Late")]


def test_an_older_state_of_an_answer_changes_nothing(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    map_to(app, SM_MAPPING)
    vendor.document = SM_DETAILS | {"date_modified": "2026-11-21T12:56:55+00:00"}
    senders.send_surveymonkey(client, SM_NOTICE | {"event_id": "2", "event_type": "response_updated"})
    answers(app)
    changed = json.loads(json.dumps(SM_DETAILS).replace(" - 3", " - 10"))
    vendor.document = changed
    senders.send_surveymonkey(client, SM_NOTICE)
    assert answers(app) == [("5007154325", 3, "Late")]
    assert [state for state, *_ in stand(app)] == [EventState.DONE, EventState.SUPERSEDED]


@pytest.mark.parametrize("values", [{"collection_mode": "survey_preview"}, {"response_status": "disqualified"}])
def test_a_preview_at_surveymonkey_is_no_answer(app: Flask, client: FlaskClient, vendor: Vendor, values: dict[str, str]) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    map_to(app, SM_MAPPING)
    vendor.document = SM_DETAILS | values
    senders.send_surveymonkey(client, SM_NOTICE)
    assert answers(app) == []
    about = next(iter(values.values()))
    assert stand(app) == [(EventState.IGNORED, None, {"about": about})]
    with app.test_request_context():
        assert why_words(*stand(app)[0]) == f"Left alone: “{about}” is no answer."
        assert why_words(EventState.DONE, None, {}) == ""


def test_an_event_of_qualtrics_becomes_an_answer(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.QUALTRICS, vendor.address)
    map_to(app, Q_MAPPING)
    vendor.document = Q_RESPONSE
    body = qualtrics_form()
    assert [client.post("/inbound/qualtrics", data=body, headers=FORM).status_code for _ in range(3)] == [202, 200, 200]
    tampered = body.replace(b"R_suq806jn8LGzhx7", b"R_suq806jn8LGzhx8")
    assert client.post("/inbound/qualtrics", data=tampered, headers=FORM).status_code == 401
    assert answers(app) == [("R_suq806jn8LGzhx7", 9, "All good")]
    assert vendor.asked == [("/API/v3/surveys/SV_cVn9uBwheR9hz01/responses/R_suq806jn8LGzhx7", None, "t0ken")]


def test_an_encrypted_event_says_how_to_subscribe(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.QUALTRICS, vendor.address)
    client.post("/inbound/qualtrics", data=qualtrics_form("b3Blbi1zc2wtZW5jcnlwdGVk"), headers=FORM)
    assert stand(app)[0][:2] == (EventState.QUARANTINED, Trouble.NOT_READABLE)
    assert '"encrypt": false' in stand(app)[0][2]["field"]


@pytest.mark.parametrize(
    ("values", "about"), [({"status": 1}, "preview"), ({"status": 8}, "spam"), ({"finished": 0}, "unfinished")]
)
def test_a_preview_at_qualtrics_is_no_answer(
    app: Flask, client: FlaskClient, vendor: Vendor, values: dict[str, int], about: str
) -> None:
    connect(app, ConnectorKind.QUALTRICS, vendor.address)
    map_to(app, Q_MAPPING)
    result = Q_RESPONSE["result"] | {"values": Q_RESPONSE["result"]["values"] | values}
    vendor.document = {"result": result}
    client.post("/inbound/qualtrics", data=qualtrics_form(), headers=FORM)
    client.post(f"/inbound/qualtrics/{senders.SECRET}", json=result)  # the same, by a workflow
    assert answers(app) == []
    assert stand(app) == [(EventState.IGNORED, None, {"about": about})] * 2


@pytest.mark.parametrize(
    ("kind", "mapping", "document"),
    [(ConnectorKind.SURVEYMONKEY, SM_MAPPING, SM_DETAILS), (ConnectorKind.QUALTRICS, Q_MAPPING, Q_RESPONSE)],
)
def test_a_fetched_response_can_be_tried_out(app: Flask, kind: ConnectorKind, mapping: dict[str, str], document: Any) -> None:
    with app.app_context():
        connector = get_connector(senders.make_connector(kind))
        found = try_out(connector, json.dumps(document), "application/json", mapping)
    assert (found.verdict, found.said["account"]) == ("answer", "acme")
