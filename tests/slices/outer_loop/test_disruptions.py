"""A disruption over forty accounts: shown beforehand, holding at once, holding on until each customer was told."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.wording import wording
from feedback.outer_loop.models import FollowUpItem
from jobs import advance_disruptions
from tests.factories import make_account, make_contact, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import EVALUATE, give_issue, make_customer, question

URL = "/api/v1/disruptions"
OUTAGE = {"title": "Portal is down", "reach": {"regions": ["Iberia"]}}


def declare(client: FlaskClient, **values: Any) -> dict[str, Any]:
    response = client.post(URL, json=OUTAGE | values)
    assert response.status_code == 201, response.get_json()
    return dict(response.get_json())


def ask(app: Flask, account_id: int) -> dict[str, Any]:
    """What the gate says to a system that may ask about everybody."""
    response = app.test_client().post(EVALUATE, json=question(account_id), headers=token(app, "gate"))
    return dict(response.get_json())


def codes(answer: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def work(client: FlaskClient, disruption: dict[str, Any], account_id: int, **outcome: Any) -> int:
    db.session.rollback()
    batch = client.get(f"{URL}/{disruption['id']}").get_json()["batch_id"]
    item = db.session.scalar(sa.select(FollowUpItem.id).where(FollowUpItem.account_id == account_id))
    address = f"/api/v1/follow-up-batches/{batch}/items/{item}/outcome"
    return client.post(address, json={"outcome": "called", "note": "They know"} | outcome).status_code


def test_forty_accounts_are_shown_before_and_held_after(manager: FlaskClient, app: Flask) -> None:
    accounts = [make_account(region="Iberia") for _ in range(40)]
    make_account(region="Nordics")
    shown = manager.post(f"{URL}/preview", json={"reach": OUTAGE["reach"]}).get_json()
    assert shown["count"] == 40
    assert {line["account_id"] for line in shown["accounts"]} == set(accounts)
    assert (declare(manager)["accounts"], declare(manager)["state"]) == (40, "active")


def test_selling_is_held_at_once_with_the_reason(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    assert ask(app, account_id)["outcome"] == "allow"
    declare(manager)
    answer = ask(app, account_id)
    assert (answer["outcome"], answer["play"], answer["inputs"]["issues"]) == ("hold", "fix_first", "major_open")
    assert "disruption_active" in codes(answer)
    assert "issue_major_open" not in codes(answer)


def test_an_open_decision_is_invalid_at_once(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    decision = ask(app, account_id)["decision_id"]
    found = declare(manager)
    stored = db.session.get_one(GateDecision, decision, populate_existing=True)
    assert stored.invalidated_at is not None
    assert stored.invalidated_by == f"disruption:{found['id']}"


def test_a_held_decision_can_be_replayed(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    declare(manager)
    decision = ask(app, account_id)["decision_id"]
    replayed = app.test_client().get(f"/api/v1/gate/decisions/{decision}?replay=1", headers=token(app, "gate"))
    assert (replayed.status_code, replayed.get_json()["replay"]["agrees"]) == (200, True)
    assert "disruption_active" in codes(replayed.get_json())


def test_an_open_issue_beside_it_is_named_too(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    give_issue(account_id)
    declare(manager)
    assert {"disruption_active", "issue_major_open"} <= set(codes(ask(app, account_id)))


def test_others_and_those_it_does_not_hold_are_sold_to(manager: FlaskClient, app: Flask) -> None:
    (here, _), (elsewhere, _) = make_customer(region="Iberia"), make_customer(region="Nordics")
    declare(manager, holds_sales=False)
    assert [ask(app, account_id)["outcome"] for account_id in (here, elsewhere)] == ["allow", "allow"]


def test_its_end_opens_nothing_until_the_customer_was_told(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    found = declare(manager)
    with clock.frozen(clock.now() + timedelta(hours=3)):
        assert manager.post(f"{URL}/{found['id']}/transitions", json={"to": "over"}).get_json()["state"] == "over"
        answer = ask(app, account_id)
        assert (answer["play"], answer["inputs"]["issues"]) == ("verify_fix", "fixed_unverified")
        assert "disruption_not_followed_up" in codes(answer)
        assert work(manager, found, account_id) == 200
        assert ask(app, account_id)["outcome"] == "allow"
        assert manager.get(f"{URL}/{found['id']}").get_json()["state"] == "followed_up"


@pytest.mark.parametrize(("reason", "outcome"), [("not_affected", "allow"), ("not_reached", "hold")])
def test_a_skip_releases_only_who_needs_no_word(manager: FlaskClient, app: Flask, reason: str, outcome: str) -> None:
    account_id, _ = make_customer(region="Iberia")
    found = declare(manager)
    with clock.frozen(clock.now() + timedelta(hours=3)):
        manager.post(f"{URL}/{found['id']}/transitions", json={"to": "over"})
        work(manager, found, account_id, outcome="skipped", reason=reason)
        assert ask(app, account_id)["outcome"] == outcome


def test_one_that_is_planned_holds_from_its_start_and_ends_decisions_then(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    starts = clock.now() + timedelta(hours=2)
    declare(manager, starts_at=starts.isoformat(), ends_at=(starts + timedelta(hours=1)).isoformat())
    answer = ask(app, account_id)
    assert answer["outcome"] == "allow"
    assert datetime.fromisoformat(answer["expires_at"]) == starts
    with clock.frozen(starts):
        assert ask(app, account_id)["outcome"] == "hold"
    with clock.frozen(starts + timedelta(hours=1)):
        assert ask(app, account_id)["play"] == "verify_fix"


def test_a_job_lists_whom_to_tell_when_its_time_is_over(manager: FlaskClient) -> None:
    account_id = make_account(region="Iberia")
    buyer = make_contact(account_id)
    found = declare(manager, ends_at=(clock.now() + timedelta(hours=1)).isoformat())
    assert advance_disruptions.run() is None
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert advance_disruptions.run() == "1 done, 0 failed"
        assert advance_disruptions.run() is None
        batch = manager.get(f"{URL}/{found['id']}").get_json()["batch_id"]
        listed = manager.get(f"/api/v1/follow-up-batches/{batch}/items").get_json()["items"]
        assert [(one["account_id"], one["contact_id"]) for one in listed] == [(account_id, buyer)]


def test_account_managers_hear_how_many_of_theirs(manager: FlaskClient) -> None:
    owner = make_user(Role.ACCOUNT_MANAGER)
    for _ in range(3):
        make_account(region="Iberia", owner_id=owner)
    declare(manager)
    (message,) = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "notify_user"))
    assert (message.payload["user_id"], message.payload["params"]["count"]) == (owner, 3)


def test_one_entered_by_mistake_holds_nobody(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    address = f"{URL}/{declare(manager)['id']}/transitions"
    assert manager.post(address, json={"to": "withdrawn"}).status_code == 422
    assert manager.post(address, json={"to": "withdrawn", "note": "Wrong region"}).get_json()["state"] == "withdrawn"
    assert ask(app, account_id)["outcome"] == "allow"


def test_it_goes_on_when_its_end_was_wrong(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    found = declare(manager)
    with clock.frozen(clock.now() + timedelta(hours=3)):
        manager.post(f"{URL}/{found['id']}/transitions", json={"to": "over"})
        work(manager, found, account_id)
        assert manager.patch(f"{URL}/{found['id']}", json={"ends_at": None}).get_json()["state"] == "active"
        assert "disruption_active" in codes(ask(app, account_id))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reach": {}}, "reach"),
        ({"reach": {"regions": ["Nowhere"]}}, "reach"),
        ({"reach": {"accounts": ["nobody"]}}, "accounts"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"title": ""}, "title"),
    ],
)
def test_what_cannot_be_is_said(manager: FlaskClient, values: dict[str, Any], field: str) -> None:
    make_account(region="Iberia")
    response = manager.post(URL, json=OUTAGE | values)
    assert (response.status_code, list(response.get_json()["errors"])) == (422, [field])


TITLES = {"en": "Portal is down", "es": "El portal está caído"}


def read_as(app: Flask, language: str, address: str) -> dict[str, Any]:
    """What somebody reads; in a context of its own, because the language of a context is kept."""
    reader = as_user(app.test_client(), make_user(Role.EXECUTIVE, locale=language))
    with app.app_context():
        return dict(reader.get(address).get_json())


def test_words_are_kept_by_language_and_read_in_the_readers(manager: FlaskClient, app: Flask) -> None:
    make_account(region="Iberia")
    found = declare(manager, title=TITLES, message={"es": "Volvemos pronto."})
    assert (found["title"], found["titles"]) == ("Portal is down", TITLES)
    assert (found["message"], found["messages"]) == ("Volvemos pronto.", {"es": "Volvemos pronto."})
    titles = [read_as(app, language, f"{URL}/{found['id']}")["title"] for language in ("es", "ru")]
    assert titles == ["El portal está caído", "Portal is down"]


def test_one_text_for_everybody_takes_the_place_of_those_by_language(manager: FlaskClient) -> None:
    make_account(region="Iberia")
    found = declare(manager, title=TITLES, message="Soon.")
    changed = manager.patch(f"{URL}/{found['id']}", json={"title": "Portal is slow"}).get_json()
    assert (changed["title"], changed["titles"], changed["message"]) == ("Portal is slow", {}, "Soon.")


@pytest.mark.parametrize("title", [{"tlh": "x"}, {}, {"en": ""}, {"en": None}, 5, None])
def test_words_in_no_language_of_ours_are_refused(manager: FlaskClient, title: Any) -> None:
    make_account(region="Iberia")
    response = manager.post(URL, json=OUTAGE | {"title": title})
    assert response.status_code == 422
    assert all(field.startswith("title") for field in response.get_json()["errors"])


def test_the_gate_names_it_in_the_readers_language(manager: FlaskClient, app: Flask) -> None:
    account_id, _ = make_customer(region="Iberia")
    declare(manager, title=TITLES)
    decision = ask(app, account_id)["decision_id"]
    addresses = (f"/api/v1/gate/decisions/{decision}", f"/api/v1/accounts/{account_id}/standing")
    assert all("El portal está caído" in str(read_as(app, "es", address)["reasons"]) for address in addresses)


def test_account_managers_hear_of_it_in_their_language(manager: FlaskClient, app: Flask) -> None:
    owner = make_user(Role.ACCOUNT_MANAGER)
    make_account(region="Iberia", owner_id=owner)
    declare(manager, title=TITLES)
    (message,) = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "notify_user"))
    with app.test_request_context(), force_locale("es"):
        assert "El portal está caído" in wording(message.payload["kind"], message.payload["params"]).title


def test_parts_of_a_reach_narrow_each_other_and_a_list_adds(manager: FlaskClient) -> None:
    both = make_account(region="Iberia", segment="Large")
    make_account(region="Iberia", segment="Small")
    named = make_account(external_id="named")
    reach = {"regions": ["Iberia"], "segments": ["Large"], "accounts": ["named"]}
    shown = manager.post(f"{URL}/preview", json={"reach": reach}).get_json()
    assert sorted(line["account_id"] for line in shown["accounts"]) == sorted([both, named])


def test_capitals_matter_only_where_two_ids_differ_in_them_alone(manager: FlaskClient) -> None:
    plain, small, great = (make_account(external_id=name) for name in ("Acme", "bo", "BO"))

    def preview(*names: str) -> Any:
        return manager.post(f"{URL}/preview", json={"reach": {"accounts": list(names)}})

    shown = preview("ACME", "bo", "BO", "acme").get_json()["accounts"]
    assert sorted(line["account_id"] for line in shown) == sorted([plain, small, great])
    assert preview("Bo").get_json()["errors"] == {"accounts": ["There is no account Bo."]}


def test_an_account_manager_sees_those_of_their_customers_only(manager: FlaskClient, app: Flask) -> None:
    mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
    account_id = make_account(region="Iberia", owner_id=mine)
    make_account(region="Iberia", owner_id=other)
    make_account(region="Nordics", owner_id=other)
    declare(manager)
    declare(manager, reach={"regions": ["Nordics"]})
    browser = as_user(app.test_client(), mine)
    seen = browser.get(URL).get_json()["items"]
    assert [(line["title"], line["accounts"]) for line in seen] == [("Portal is down", 1)]
    answer = browser.get(f"{URL}/{seen[0]['id']}/accounts")
    listed = answer.get_json()["items"]
    assert [line["account_id"] for line in listed] == [account_id]
