"""The moment in decisions, through HTTP: what speaks against it is named with its rows, and the decision ends with the hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from feedback.kernel import clock
from feedback.permission.rules import Channel
from tests.factories import make_user
from tests.logins import token
from tests.slices.gate.world import EVALUATE, NOW, ask, give_consent, make_customer, question

SATURDAY = datetime(2026, 11, 7, 9, tzinfo=UTC)


@pytest.fixture
def customer(app):
    with app.app_context():
        account_id, contact_id = make_customer(time_zone="Europe/Madrid", country="ES")
        give_consent(contact_id, channel=Channel.PHONE)
        return account_id, contact_id


def decide(client, app, customer, at=NOW, **values):
    with clock.frozen(at):
        return client.post(EVALUATE, json=question(customer[0], channel="phone", **values), headers=token(app)).get_json()


def log(client, app, customer, **values):
    body = {"account_id": customer[0], "channel": "phone", "outcome": "interested"} | values
    with clock.frozen(NOW):
        answer = client.post("/api/v1/sales-contacts", json=body, headers=token(app))
    assert answer.status_code == 201, answer.text
    return answer.get_json()["id"]


def codes(decision):
    return [reason["code"] for reason in decision["reasons"]]


def sentence(decision, code):
    return next(reason for reason in decision["reasons"] if reason["code"] == code)


def test_a_call_on_saturday_morning_is_put_off_until_monday(client, app, customer):
    found = decide(client, app, customer, SATURDAY)
    assert (found["outcome"], found["next_review_at"]) == ("defer", "2026-11-09T08:00:00+00:00")
    assert {"timing_deferred", "quiet_hours"} <= set(codes(found))
    assert "it is 10:00" in sentence(found, "quiet_hours")["text"]


def test_a_yes_ends_with_the_hours(client, app, customer):
    found = decide(client, app, customer)
    assert (found["outcome"], found["expires_at"]) == ("allow", "2026-11-02T18:00:00+00:00")


def test_the_second_manager_hears_who_was_there_first(client, app, customer):
    with app.app_context():
        make_user(email="ana@example.com", name="Ana Torres")
    logged = log(client, app, customer, user_email="ana@example.com")
    found = decide(client, app, customer)
    reason = sentence(found, "other_team_contact_recent")
    assert reason["text"].startswith("Ana Torres approached this customer on Nov 2, 2026")
    assert reason["evidence"] == [{"type": "sales_contact", "id": logged}]


def test_a_cap_names_the_contacts_it_counted(client, app, customer):
    days = [(NOW - timedelta(days=back)).isoformat() for back in range(6)]
    logged = [log(client, app, customer, source="crm", external_id=day, occurred_at=day) for day in days]
    found = decide(client, app, customer)
    assert sentence(found, "cap_reached")["evidence"] == [{"type": "sales_contact", "id": id_} for id_ in logged]


def test_a_stored_decision_tells_and_replays_the_same(client, app, customer):
    log(client, app, customer, outcome="declined", contact_external_id=external_id(client, app, customer))
    found = decide(client, app, customer)
    with clock.frozen(NOW):
        path = f"/api/v1/gate/decisions/{found['decision_id']}?replay=1"
        stored = client.get(path, headers=token(app)).get_json()
    assert "cooldown" in codes(found)
    assert stored["reasons"] == found["reasons"]
    assert stored["replay"]["agrees"] is True


def external_id(client, app, customer):
    path = f"/api/v1/accounts/{customer[0]}/contacts"
    return client.get(path, headers=token(app)).get_json()["items"][0]["external_id"]


WISHES = {
    "holiday": "is away until",
    "budget_cycle": "has no budget before",
    "busy": "has no time before",
    None: "asked not to be approached before",
}


@pytest.mark.parametrize(("reason", "words"), WISHES.items())
def test_why_not_now_is_said(client, app, reason, words):
    with app.app_context():
        account_id, contact_id = make_customer()
    path, wish = f"/api/v1/contacts/{contact_id}", {"not_now_until": "2026-11-20", "not_now_reason": reason}
    assert client.patch(path, json=wish, headers=token(app)).status_code == 200
    found = ask(client, account_id, token(app))
    assert words in sentence(found, "not_now_until")["text"]
    assert found["next_review_at"] == datetime.combine(date(2026, 11, 20), datetime.min.time(), UTC).isoformat()


def test_what_the_customer_asks_for_is_answered_at_any_hour(client, app, customer):
    assert decide(client, app, customer, SATURDAY, initiation="requested")["outcome"] == "allow"
