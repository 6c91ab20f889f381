"""Answers that an event only names: fetched through the one way out."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.closed_loop import inbound
from feedback.egress.fetching import FetchFailed, fetch
from feedback.extensions import db
from feedback.inlets.models import Connector, InboundEvent
from feedback.inlets.rules.kinds import ConnectorKind, EventState, Trouble
from feedback.kernel import clock
from feedback.surveys.models import Response
from feedback.uow import transaction
from tests.factories import make_account, make_contact
from tests.slices.inlets import senders


class Vendor:
    """A vendor's API: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []
        self.status, self.document = 200, {}


@pytest.fixture
def vendor(app: Flask) -> Iterator[Vendor]:
    found = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, self.headers["Authorization"], self.headers["X-API-TOKEN"]))
            body = json.dumps(found.document).encode()
            self.send_response(found.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings = app.extensions["closedloop_settings"]
    settings.private_hosts = ["127.0.0.1"]
    found.address = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield found
    settings.private_hosts = []
    server.shutdown()
    thread.join()
    server.server_close()


def connect(app: Flask, kind: ConnectorKind, address: str) -> None:
    """A connector that may fetch; the check of its address (https only) is passed by."""
    with app.app_context():
        make_contact(make_account(external_id="acme"), external_id="ana")
        connector_id = senders.make_connector(kind, api_token="t0ken")
        with transaction() as session:
            session.execute(sa.update(Connector).where(Connector.id == connector_id).values(api_address=address))


def state_of(app: Flask) -> tuple[EventState, Trouble | None]:
    with app.app_context():
        return tuple(db.session.execute(sa.select(InboundEvent.state, InboundEvent.trouble)).one())


def test_surveymonkey_is_asked_for_the_answer(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    vendor.document = senders.surveymonkey_details()
    senders.send_surveymonkey(client, senders.surveymonkey())
    assert state_of(app) == (EventState.WAITING, None)
    with app.app_context():
        inbound.fetch_waiting()
        assert db.session.execute(sa.select(Response.score, Response.comment)).all() == [(3, "Too slow")]
    assert vendor.asked == [("/v3/surveys/55/responses/987/details?simple=true", "Bearer t0ken", None)]
    assert state_of(app) == (EventState.DONE, None)


def test_qualtrics_is_asked_for_the_answer(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.QUALTRICS, vendor.address)
    vendor.document = {"result": senders.qualtrics_response(), "meta": {"httpStatus": "200 - OK"}}
    client.post("/inbound/qualtrics", data=senders.qualtrics_event(), content_type="application/x-www-form-urlencoded")
    with app.app_context():
        inbound.fetch_waiting()
        assert db.session.scalars(sa.select(Response.score)).all() == [10]
    assert vendor.asked == [("/API/v3/surveys/SV_1/responses/R_1", None, "t0ken")]


def test_an_answer_that_is_not_complete_says_nothing(app: Flask, client: FlaskClient, vendor: Vendor) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    vendor.document = senders.surveymonkey_details(status="partial")
    senders.send_surveymonkey(client, senders.surveymonkey())
    with app.app_context():
        inbound.fetch_waiting()
    assert state_of(app) == (EventState.IGNORED, None)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_vendor_that_is_down_is_asked_again_later(app: Flask, client: FlaskClient, vendor: Vendor, status: int) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    senders.send_surveymonkey(client, senders.surveymonkey())
    vendor.status = status
    with app.app_context():
        inbound.fetch_waiting()
        assert inbound.fetch_waiting() == 0
        vendor.status, vendor.document = 200, senders.surveymonkey_details()
        with clock.frozen(clock.now() + inbound.PAUSES[0]):
            assert inbound.fetch_waiting() == 1
    assert (state_of(app)[0], len(vendor.asked)) == (EventState.DONE, 2)


@pytest.mark.parametrize("status", [301, 401, 404])
def test_a_refusal_goes_to_quarantine_at_once(app: Flask, client: FlaskClient, vendor: Vendor, status: int) -> None:
    connect(app, ConnectorKind.SURVEYMONKEY, vendor.address)
    senders.send_surveymonkey(client, senders.surveymonkey())
    vendor.status = status
    with app.app_context():
        inbound.fetch_waiting()
    assert state_of(app) == (EventState.QUARANTINED, Trouble.FETCH_FAILED)
    assert len(vendor.asked) == 1  # the redirection was not followed


INSIDE = (
    "https://127.0.0.1/",
    "https://localhost/",
    "https://[::1]/",
    "https://169.254.169.254/x",
    "https://10.1.2.3/",
    "https://0.0.0.0/",
)


@pytest.mark.parametrize("address", [*INSIDE, "http://example.com/", "ftp://example.com/", "https:///x", "file:///etc/passwd"])
def test_nothing_inside_is_fetched(address: str) -> None:
    with pytest.raises(FetchFailed):
        fetch(address, {"Authorization": "secret"})


def test_a_vendor_that_is_down_does_not_stop_the_others(
    app: Flask, client: FlaskClient, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch_of(call: Any) -> dict[str, Any]:
        asked.append(call.address)
        if "silent" in call.address:
            raise FetchFailed("does not answer", final=False, silent=True)
        return senders.surveymonkey_details()

    monkeypatch.setattr("feedback.inlets.fetching.fetch", fetch_of)
    connect(app, ConnectorKind.QUALTRICS, "https://silent.example")
    with app.app_context():
        connector_id = senders.make_connector(ConnectorKind.SURVEYMONKEY, api_token="t0ken")
        with transaction() as session:
            session.execute(sa.update(Connector).where(Connector.id == connector_id).values(api_address=vendor.address))
    for number in range(5):
        body = senders.qualtrics_event(f"R_{number}")
        client.post("/inbound/qualtrics", data=body, content_type="application/x-www-form-urlencoded")
    senders.send_surveymonkey(client, senders.surveymonkey())
    with app.app_context():
        inbound.fetch_waiting(limit=3)
        assert [address.split("/")[2] for address in asked] == ["silent.example", vendor.address.split("/")[2]]
        assert db.session.scalars(sa.select(Response.source)).all() == ["surveymonkey"]


def test_one_byte_now_and_then_does_not_keep_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.egress.fetching.FETCH_DEADLINE", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
                while not stop.wait(0.05):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(FetchFailed) as refused:
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, private_hosts=["127.0.0.1"])
        assert (refused.value.silent, refused.value.final) == (True, False)
        assert time.monotonic() - began < 5
        stop.set()
        thread.join()
