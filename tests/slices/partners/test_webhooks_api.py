"""The API of webhooks: for administrators, secrets once, addresses inside refused."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_account
from tests.logins import token
from tests.slices.partners.hooks import news, send
from tests.slices.partners.partner_server import Partner

HOOKS = "/api/v1/webhooks"


def _make(app: Flask, client: FlaskClient, partner: Partner, **more: Any) -> dict[str, Any]:
    body = {"url": partner.url, "events": ["gate.opened", "gate.closed"]} | more
    response = client.post(HOOKS, json=body, headers=token(app))
    assert response.status_code == 201, response.text
    return response.get_json()


def test_the_secret_is_shown_once(app: Flask, client: FlaskClient, partner: Partner) -> None:
    made = _make(app, client, partner)
    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in client.get(HOOKS, headers=token(app)).text


def test_a_repeated_request_does_not_show_it(app: Flask, client: FlaskClient, partner: Partner) -> None:
    headers = token(app) | {"Idempotency-Key": "one"}
    body = {"url": partner.url, "events": ["gate.opened"]}
    first, second = (client.post(HOOKS, json=body, headers=headers).get_json() for _ in range(2))
    assert (first["id"], second["secret"]) == (second["id"], None)


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "https://10.0.0.1/x", "https://[::1]/", "https://u:p@example.com/", "ftp://a.example", "x"]
)
def test_an_address_that_cannot_be_called_is_refused(app: Flask, client: FlaskClient, url: str) -> None:
    response = client.post(HOOKS, json={"url": url, "events": ["gate.opened"]}, headers=token(app))
    assert (response.status_code, list(response.get_json()["errors"])) == (422, ["url"])


def test_others_than_administrators_are_refused(app: Flask, client: FlaskClient) -> None:
    assert client.get(HOOKS, headers=token(app, "read", "write", "gate")).status_code == 403


def test_the_log_shows_payload_and_tries_and_sends_again(app: Flask, client: FlaskClient, partner: Partner) -> None:
    headers, hook = token(app), _make(app, client, partner)
    news(make_account())
    send()
    (line,) = client.get(f"/api/v1/webhook-deliveries?webhook_id={hook['id']}&state=delivered", headers=headers).get_json()[
        "items"
    ]
    found = client.get(f"/api/v1/webhook-deliveries/{line['id']}", headers=headers).get_json()
    assert (found["payload"], found["tries"][0]["answer"]) == (partner.bodies[0], "thanks")
    assert client.post(f"/api/v1/webhook-deliveries/{line['id']}/redeliver", headers=headers).status_code == 202
    assert send().taken == 1


def test_a_test_event_answers_what_came_back(app: Flask, client: FlaskClient, partner: Partner) -> None:
    hook = _make(app, client, partner, active=False)
    found = client.post(f"{HOOKS}/{hook['id']}/test", headers=token(app)).get_json()
    assert (found["state"], found["tries"][0]["status"]) == ("delivered", 200)


def test_nothing_is_sent_in_the_transaction_of_a_key(app: Flask, client: FlaskClient, partner: Partner) -> None:
    hook = _make(app, client, partner)
    response = client.post(f"{HOOKS}/{hook['id']}/test", headers=token(app) | {"Idempotency-Key": "two"})
    assert (response.status_code, partner.got) == (409, [])


def test_it_is_changed_given_a_new_secret_and_removed(app: Flask, client: FlaskClient, partner: Partner) -> None:
    headers, path = token(app), f"{HOOKS}/{_make(app, client, partner)['id']}"
    assert client.patch(path, json={"active": False, "description": "CRM"}, headers=headers).get_json()["state"] == "paused"
    assert client.post(f"{path}/secret", headers=headers).get_json()["secret"].startswith("whsec_")
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(path, headers=headers).status_code == 404


def test_a_replay_of_a_time_that_ends_before_it_begins_is_refused(app: Flask, client: FlaskClient, partner: Partner) -> None:
    path = f"{HOOKS}/{_make(app, client, partner)['id']}/replay"
    body = {"since": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}
    assert client.post(path, json=body, headers=token(app)).status_code == 422


def test_the_document_describes_what_is_sent(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    schema = document["webhooks"]["gate.closed"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["type"] == {"const": "gate.closed"}
