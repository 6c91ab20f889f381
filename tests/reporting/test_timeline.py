"""The timeline: everything that happened with an account, once, newest first, and nothing of others."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.kernel import clock
from tests.factories import make_account, make_contact, make_user
from tests.logins import as_user, token

BASE = "/api/v1"


@pytest.fixture
def busy(app: Flask, client: FlaskClient) -> tuple[FlaskClient, int]:
    """An account with an answer, an issue, a consent, a decision and a wallet estimate; its neighbour has the same."""
    with app.app_context():
        account = make_account(external_id="A")
        neighbour = make_account(external_id="B")
        contacts = [make_contact(account, external_id="a1"), make_contact(neighbour, external_id="b1")]
    client.environ_base["HTTP_AUTHORIZATION"] = token(app)["Authorization"]
    for name, contact in zip("AB", contacts, strict=True):
        fill(client, name, contact)
    return client, account


def fill(client: FlaskClient, name: str, contact: int) -> None:
    moment = (clock.now() - timedelta(days=3)).isoformat()
    answer = {"account_external_id": name, "contact_external_id": f"{name.lower()}1", "score": 2, "responded_at": moment}
    consent = {"purpose": "offers", "channel": "email", "action": "granted", "occurred_at": moment}
    question = {"account_external_id": name, "purpose": "offers", "channel": "email", "initiation": "outbound"}
    assert client.post(f"{BASE}/responses", json=answer | {"comment": f"of {name}"}).status_code == 201
    assert client.post(f"{BASE}/contacts/{contact}/consents", json=consent).status_code == 201
    assert client.post(f"{BASE}/gate/evaluate", json=question).status_code == 200


def read_all(client: FlaskClient, account: int, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = client.get(f"{BASE}/accounts/{account}/timeline?limit={limit}").json
    items += page["items"]
    while page["next_cursor"]:
        page = client.get(f"{BASE}/accounts/{account}/timeline?limit={limit}&cursor={page['next_cursor']}").json
        items += page["items"]
    return items


def test_every_kind_is_there_newest_first(busy: tuple[FlaskClient, int]) -> None:
    client, account = busy
    client.post(f"{BASE}/accounts/{account}/wallets", json={"category": "audit", "total_spend": 10})
    items = read_all(client, account, 200)
    kinds = {item["kind"] for item in items}
    assert {"response", "issue_opened", "consent", "gate_decision", "wallet_estimate"} <= kinds
    times = [item["occurred_at"] for item in items]
    assert times == sorted(times, reverse=True)


def test_an_estimate_stands_at_its_own_day(busy: tuple[FlaskClient, int]) -> None:
    client, account = busy
    long_ago, soon = clock.now().date() - timedelta(days=400), clock.now().date() + timedelta(days=3)
    for category, day in (("old", long_ago), ("unsaid", None), ("early", soon)):
        said = {"category": category, "total_spend": 10} | ({"as_of": day.isoformat()} if day else {})
        assert client.post(f"{BASE}/accounts/{account}/wallets", json=said).status_code == 201
    items = [item for item in read_all(client, account, 200) if item["kind"] == "wallet_estimate"]
    assert items == [item for item in read_all(client, account, 1) if item["kind"] == "wallet_estimate"]
    at = {item["summary"]["category"]: item["occurred_at"] for item in items}
    recorded = {item["summary"]["category"]: item["summary"]["recorded_at"] for item in items}
    assert (items[-1]["summary"]["category"], at["old"]) == ("old", f"{long_ago}T12:00:00+00:00")
    assert at["early"] == recorded["early"]
    assert all(at[name] <= recorded[name] for name in at)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_show_each_event_once(busy: tuple[FlaskClient, int], limit: int) -> None:
    client, account = busy
    assert read_all(client, account, limit) == read_all(client, account, 200)


def test_nothing_of_the_neighbour_is_shown(busy: tuple[FlaskClient, int]) -> None:
    client, account = busy
    items = read_all(client, account, 200)
    assert [item["summary"]["comment"] for item in items if item["kind"] == "response"] == ["of A"]
    assert len([item for item in items if item["kind"] in ("consent", "gate_decision", "issue_opened")]) == 3


def test_one_contacts_part(busy: tuple[FlaskClient, int]) -> None:
    client, account = busy
    contact = client.get(f"{BASE}/accounts/{account}/contacts").json["items"][0]["id"]
    items = client.get(f"{BASE}/accounts/{account}/timeline?contact_id={contact}").json["items"]
    assert {item["contact_id"] for item in items} == {contact}


def test_an_executive_sees_no_consents(app: Flask, busy: tuple[FlaskClient, int]) -> None:
    _, account = busy
    with app.app_context():
        boss = make_user(Role.EXECUTIVE)
    items = read_all(as_user(app.test_client(), boss), account, 200)
    assert "consent" not in {item["kind"] for item in items}
    assert "response" in {item["kind"] for item in items}


@pytest.mark.parametrize("cursor", ["x", "WzEsMiwzXQ", "WyJ4IiwieSIsMV0"])
def test_a_foreign_cursor_is_refused(busy: tuple[FlaskClient, int], cursor: str) -> None:
    client, account = busy
    assert client.get(f"{BASE}/accounts/{account}/timeline?cursor={cursor}").status_code == 422


def test_a_disruption_stands_there_from_its_beginning_and_with_its_end(busy: tuple[FlaskClient, int]) -> None:
    client, account = busy
    body = {"title": "Portal is down", "reach": {"accounts": ["A"]}}
    made = client.post(f"{BASE}/disruptions", json=body).json["id"]
    client.post(f"{BASE}/disruptions", json=body | {"starts_at": (clock.now() + timedelta(days=1)).isoformat()})
    mistake = client.post(f"{BASE}/disruptions", json=body).json["id"]
    client.post(f"{BASE}/disruptions/{mistake}/transitions", json={"to": "withdrawn", "note": "wrong"})
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        client.post(f"{BASE}/disruptions/{made}/transitions", json={"to": "over"})
        items = [item for item in read_all(client, account, 2) if item["kind"].startswith("disruption")]
    assert [(item["kind"], item["id"]) for item in items] == [("disruption_over", made), ("disruption_began", made)]
    assert items[1]["summary"] == {"title": "Portal is down", "holds_sales": True}
