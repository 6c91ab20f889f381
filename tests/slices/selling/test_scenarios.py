"""A supply disruption holds forty customers' plays and its end frees none; a seasonal business has none from its trough."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outer_loop.models import FollowUpItem
from jobs import advance_disruptions, deliver_outbox, screen_sales_plays, watch_spend
from tests.factories import make_user
from tests.logins import token
from tests.slices.gate.world import NOW
from tests.slices.selling.world import PLAYS, falling, make_buyer, seasonal, steady, suggest

MANY = 40
DISRUPTIONS = "/api/v1/disruptions"


@pytest.fixture
def headers(app: Flask) -> dict[str, str]:
    return token(app)


@pytest.fixture
def customers(app: Flask, client: FlaskClient, headers: dict[str, str]) -> list[int]:
    """Forty customers who buy less of what we cannot deliver, and one elsewhere; a play for each, accepted."""
    with app.app_context():
        make_user(Role.FRONTLINE)
        found = [make_buyer(9, falling(), external_id=f"S{number}", region="Iberia")[0] for number in range(MANY)]
        make_buyer(9, falling(), external_id="ELSEWHERE", region="Nordics")
    for name in [*(f"S{number}" for number in range(MANY)), "ELSEWHERE"]:
        assert suggest(client, name, headers, external_id=name).get_json()["state"] == "accepted"
    return found


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def screened(app: Flask, client: FlaskClient, headers: dict[str, str], minutes: float) -> dict[int, tuple[str, ...]]:
    """What the inbox says of each account after the job has run."""
    with app.app_context(), clock.frozen(at(minutes)):
        screen_sales_plays.run()
    with clock.frozen(at(minutes)):
        items = client.get(f"{PLAYS}?limit=100", headers=headers).get_json()["items"]
    return {one["account_id"]: (one["state"], *(reason["code"] for reason in one["reasons"])) for one in items}


def call(client: FlaskClient, path: str, headers: dict[str, str], minutes: float, **body: Any) -> Any:
    with clock.frozen(at(minutes)):
        response = client.post(f"{DISRUPTIONS}{path}", json=body, headers=headers)
    assert response.status_code < 300, response.text
    return response.get_json()


def declare(client: FlaskClient, headers: dict[str, str]) -> int:
    return call(client, "", headers, 1, title="Supply stop", reach={"regions": ["Iberia"]})["id"]


def test_a_disruption_holds_forty_plays_at_once_and_nobody_elses(app, client, headers, customers):
    declare(client, headers)
    found = screened(app, client, headers, 2)
    assert {found.pop(account_id) for account_id in customers} == {("held", "disruption_active")}
    assert [state for state, *_reasons in found.values()] == ["accepted"]


def test_none_of_them_can_be_taken_before_the_job_has_run(app, client, headers, customers):
    declare(client, headers)
    with clock.frozen(at(1)):
        plays = client.get(f"{PLAYS}?limit=100", headers=headers).get_json()["items"]
        held = [one["id"] for one in plays if one["account_id"] in customers]
        answers = {client.put(f"{PLAYS}/{play_id}/taken", headers=headers).status_code for play_id in held}
    assert (len(held), answers) == (MANY, {409})


def test_its_end_frees_none_until_each_was_followed_up(app, client, headers, customers):
    disruption = declare(client, headers)
    screened(app, client, headers, 2)
    call(client, f"/{disruption}/transitions", headers, 60, to="over", outcome="We deliver again.")
    over = screened(app, client, headers, 61)
    assert {over[account_id] for account_id in customers} == {("held", "disruption_not_followed_up")}
    follow_up(app, client, headers, disruption, customers[0])
    freed = screened(app, client, headers, 70)
    assert freed[customers[0]][0] == "accepted"
    assert {freed[account_id] for account_id in customers[1:]} == {("held", "disruption_not_followed_up")}


def follow_up(app: Flask, client: FlaskClient, headers: dict[str, str], disruption: int, account_id: int) -> None:
    """Somebody calls this customer and says that it is over."""
    with app.app_context(), clock.frozen(at(62)):
        advance_disruptions.run()
        deliver_outbox.run()
        item = db.session.scalar(sa.select(FollowUpItem.id).where(FollowUpItem.account_id == account_id))
    with clock.frozen(at(65)):
        batch = client.get(f"{DISRUPTIONS}/{disruption}", headers=headers).get_json()["batch_id"]
        told = {"outcome": "called", "note": "They know"}
        address = f"/api/v1/follow-up-batches/{batch}/items/{item}/outcome"
        assert client.post(address, json=told, headers=headers).status_code < 300


def test_a_seasonal_business_has_no_play_from_its_usual_trough(app, client, headers):
    """The trough is 40 % below the month before it; among steady customers, one of whom loses as much for good."""
    with app.app_context(), clock.frozen(NOW + timedelta(days=10)):
        make_user(Role.FRONTLINE)
        for number, amounts in enumerate((seasonal(), steady(), steady(), falling())):
            make_buyer(9, amounts, external_id=f"C{number}")
        watch_spend.run()
    with clock.frozen(NOW + timedelta(days=10)):
        items = client.get(PLAYS, headers=headers).get_json()["items"]
    with app.app_context():
        lost = db.session.scalar(sa.select(Account.id).where(Account.external_id == "C3"))
    assert [(one["account_id"], one["source"], one["state"]) for one in items] == [(lost, "spend_monitor", "accepted")]


def test_where_the_crm_suggests_it_all_the_same_the_season_screens_it_out(app, client, headers):
    with app.app_context():
        make_buyer(9, seasonal(), external_id="ACME")
    play = suggest(client, "ACME", headers).get_json()
    assert (play["state"], [one["code"] for one in play["reasons"]]) == ("screened_out", ["seasonal_decline"])


def test_a_trough_deeper_than_every_year_is_a_drop(app, client, headers):
    amounts = seasonal()
    with app.app_context():
        make_user(Role.FRONTLINE)
        make_buyer(9, [*amounts[:-1], amounts[-1] * 0.55], external_id="ACME")
    assert suggest(client, "ACME", headers).get_json()["state"] == "accepted"
