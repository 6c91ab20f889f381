"""Sales contacts through HTTP: logged once, matched to what the gate had said, and counted by the next decision."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.permission.rules import Channel
from tests.factories import make_user
from tests.logins import token
from tests.slices.gate.world import NOW, ask, give_consent, make_customer

LOG = "/api/v1/sales-contacts"


@pytest.fixture
def customer(app: Flask) -> tuple[int, int]:
    with app.app_context():
        account_id, contact_id = make_customer()
        give_consent(contact_id, channel=Channel.PHONE)
        return account_id, contact_id


@pytest.fixture
def headers(app: Flask) -> dict[str, str]:
    return token(app)


def name_of(app: Flask, contact_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Contact, contact_id).external_id


def log(client: FlaskClient, account_id: int, headers: dict[str, str], minutes: float = 1, **values: Any) -> Any:
    body = {"account_id": account_id, "channel": "phone", "outcome": "interested"} | values
    with clock.frozen(NOW + timedelta(minutes=minutes)):
        return client.post(LOG, json=body, headers=headers)


def test_a_call_after_a_yes_is_valid_and_ends_the_decision(client, app, customer, headers):
    account_id, contact_id = customer
    decision = ask(client, account_id, headers, channel="phone")
    logged = log(client, account_id, headers, contact_external_id=name_of(app, contact_id)).get_json()
    assert (logged["matched"], logged["decision_id"], logged["play"]) == ("valid", decision["decision_id"], "upsell")
    with clock.frozen(NOW + timedelta(minutes=2)):
        stored = client.get(f"/api/v1/gate/decisions/{decision['decision_id']}", headers=headers).get_json()
    assert (stored["state"], stored["invalidated_by"]) == ("invalidated", f"sales contact:{logged['id']}")


def test_a_call_that_nobody_asked_about_is_listed(client, customer, headers):
    logged = log(client, customer[0], headers).get_json()
    assert (logged["matched"], logged["decision_id"]) == ("without", None)
    listed = client.get(f"{LOG}?matched=without", headers=headers).get_json()["items"]
    assert [one["id"] for one in listed] == [logged["id"]]


def test_a_call_against_a_no_is_listed(client, app, customer, headers):
    account_id, contact_id = customer
    decision = ask(client, account_id, headers, channel="sms")  # no consent to that
    assert decision["outcome"] == "block"
    logged = log(client, account_id, headers, channel="sms", contact_external_id=name_of(app, contact_id)).get_json()
    assert (logged["matched"], logged["decision_id"]) == ("against", decision["decision_id"])


def test_no_good_moment_leaves_the_contact_alone_until_tomorrow(client, app, customer, headers):
    account_id, contact_id = customer
    log(client, account_id, headers, good_moment="no", outcome="not_now", contact_external_id=name_of(app, contact_id))
    with app.app_context():
        contact = db.session.get_one(Contact, contact_id)
    assert (contact.not_now_until, contact.not_now_reason) == ((NOW + timedelta(days=1)).date(), "busy")
    assert ask(client, account_id, headers, channel="phone")["inputs"]["timing"] == "deferred"


def test_a_day_that_was_named_is_kept(client, app, customer, headers):
    values = {"good_moment": "no", "outcome": "not_now", "not_now_until": "2026-12-24", "not_now_reason": "holiday"}
    log(client, customer[0], headers, contact_external_id=name_of(app, customer[1]), **values)
    with app.app_context():
        contact = db.session.get_one(Contact, customer[1])
    assert (contact.not_now_until.isoformat(), contact.not_now_reason) == ("2026-12-24", "holiday")


def test_another_system_may_tell_the_same_contact_twice(client, customer, headers):
    values = {"source": "crm", "external_id": "T1", "occurred_at": NOW.isoformat()}
    first, again = (log(client, customer[0], headers, **values) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert log(client, customer[0], headers, **values | {"outcome": "sold"}).status_code == 409


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("occurred_at", {"occurred_at": (NOW + timedelta(days=1)).isoformat()}),
        ("contact_external_id", {"contact_external_id": "nobody"}),
        ("contact_external_id", {"not_now_until": "2026-12-01"}),
        ("user_email", {"user_email": "nobody@example.com"}),
        ("outcome", {"outcome": "bought"}),
    ],
)
def test_what_cannot_be_is_refused(client, customer, headers, field, values):
    answer = log(client, customer[0], headers, **values)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]


def test_who_made_the_contact_is_kept_where_a_system_says_so(client, app, customer, headers):
    with app.app_context():
        user_id = make_user(Role.ACCOUNT_MANAGER, email="ana@example.com", name="Ana")
    logged = log(client, customer[0], headers, user_email="ANA@example.com", source="crm").get_json()
    assert (logged["user_id"], logged["user"], logged["source"]) == (user_id, "Ana", "crm")


def test_the_list_goes_on_where_it_ended(client, customer, headers):
    ids = [log(client, customer[0], headers, minutes=minutes).get_json()["id"] for minutes in range(3)]
    first = client.get(f"{LOG}?limit=2", headers=headers).get_json()
    rest = client.get(f"{LOG}?limit=2&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
