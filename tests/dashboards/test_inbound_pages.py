"""The list of received events, and one event, as their readers see them."""

import json

from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.inlets.rules.kinds import ConnectorKind
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_user
from tests.slices.inlets import senders


def test_who_cannot_connect_a_system_is_told_who_can(app: Flask) -> None:
    with app.app_context():
        readers = {role: make_user(role) for role in (Role.EXPERIENCE_MANAGER, Role.ADMIN)}
    said = {}
    for role, reader in readers.items():
        with viewing(app, reader, "/app/inbound") as viewer:
            said[role] = texts(body_of(viewer, "/app/inbound"))
    assert "An administrator connects one." in said[Role.EXPERIENCE_MANAGER]
    assert "An administrator connects one." not in said[Role.ADMIN]


def test_what_was_left_alone_says_why(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        senders.make_connector(ConnectorKind.QUALTRICS)
        reader = make_user(Role.EXPERIENCE_MANAGER)
    preview = senders.qualtrics_response()
    preview["values"]["status"] = 1
    assert client.post(f"/inbound/qualtrics/{senders.SECRET}", data=json.dumps(preview)).status_code == 202
    for address in ("/app/inbound", "/app/inbound/1"):
        with viewing(app, reader, address) as viewer:
            assert "Left alone: “preview” is no answer." in texts(body_of(viewer, address))
