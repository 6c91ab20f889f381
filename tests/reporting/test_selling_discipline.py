"""The report on selling discipline: shares, what followed, by person and team, the effort, suggestions screened out."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import Match
from feedback.issues.rules import IssueSource, IssueState
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_account, make_team, make_user
from tests.logins import as_user, token
from tests.slices.gate.world import NOW, ago, ask, give_consent, give_issue, make_customer
from tests.slices.selling.world import make_buyer, seasonal, suggest

REPORT = "/api/v1/selling-discipline"
PAGE = "/app/selling-discipline"
LOG = "/api/v1/sales-contacts"


def approach(account_id: int, contact_id: int | None = None, *, days: float = 40, **values: Any) -> int:
    """A stored sales contact, some days ago."""
    defaults = {"purpose": "offers", "channel": "phone", "initiation": "outbound", "good_moment": "yes", "outcome": "declined"}
    defaults |= {
        "source": "screen",
        "matched": Match.WITHOUT,
        "logged_by": "test",
        "occurred_at": ago(days),
        "logged_at": ago(days),
    }
    return insert(SalesContact, **defaults | values, account_id=account_id, contact_id=contact_id)


@pytest.fixture
def boss(app: Flask) -> int:
    with app.app_context():
        return make_user(Role.EXECUTIVE)


def report(client: FlaskClient, user_id: int, address: str = REPORT) -> Any:
    with clock.frozen(NOW):
        return as_user(client, user_id).get(address).get_json()


def test_what_followed_a_contact_without_a_decision_is_named(app, client, boss):
    with app.app_context():
        account_id, contact_id = make_customer(9, status=AccountStatus.CLOSED, closed_on=ago(12).date())
        approach(account_id, contact_id)
        give_issue(account_id, source=IssueSource.COMPLAINT, opened_at=ago(35), state=IssueState.NEW)
        give_consent(contact_id, ConsentAction.WITHDRAWN, occurred_at=ago(38), channel=Channel.PHONE)
    (one,) = report(client, boss, f"{REPORT}/contacts")["items"]
    assert [sign["kind"] for sign in one["followed"]] == ["opt_out", "complaint", "loss"]
    assert (one["matched"], one["days_left"]) == ("without", False)


def test_an_issue_that_we_saw_ourselves_and_one_of_later_are_no_complaints(app, client, boss):
    with app.app_context():
        account_id, contact_id = make_customer(9)
        approach(account_id, contact_id)
        give_issue(account_id, source=IssueSource.STAFF, opened_at=ago(35))
        give_issue(account_id, source=IssueSource.COMPLAINT, opened_at=ago(9))
    (one,) = report(client, boss, f"{REPORT}/contacts")["items"]
    assert one["followed"] == []


def test_the_share_with_a_valid_decision_has_its_interval(app, client, boss):
    with app.app_context():
        account_id, contact_id = make_customer(9)
        for match, count in ((Match.VALID, 8), (Match.WITHOUT, 1), (Match.AGAINST, 1)):
            for _each in range(count):
                approach(account_id, contact_id, matched=match)
    found = report(client, boss)
    assert (found["valid"]["n"], found["valid"]["share"], found["without"], found["against"]) == (10, 0.8, 1, 1)
    assert found["valid"]["ci_low"] == pytest.approx(0.490, abs=0.001)
    assert found["valid"]["ci_high"] == pytest.approx(0.943, abs=0.001)


def test_people_and_teams_stand_with_what_followed_theirs(app, client, boss):
    with app.app_context():
        team = make_team(name="North")
        seller = make_user(Role.FRONTLINE, team_id=team, name="Ana")
        account_id, contact_id = make_customer(9)
        approach(account_id, contact_id, user_id=seller)
        approach(account_id, contact_id, user_id=seller, matched=Match.VALID)
        approach(account_id, contact_id, source="crm", matched=Match.VALID)
        give_issue(account_id, source=IssueSource.RESPONSE, opened_at=ago(35))
    found = report(client, boss)
    first, other = found["people"]
    assert (first["name"], first["team"], first["valid"], first["without"]) == ("Ana", "North", 1, 1)
    assert first["followed"] == {"complaint": 1, "opt_out": 0, "loss": 0}
    assert (other["name"], other["valid"]) == (None, 1)
    assert [line["name"] for line in found["teams"]] == ["North", None]


def test_the_effort_goes_by_what_the_gate_had_answered(app, client, boss):
    with app.app_context():
        account_id, contact_id = make_customer()
        give_consent(contact_id, channel=Channel.PHONE)
        headers, buyer = token(app), db.session.get_one(Contact, contact_id).external_id
    ask(client, account_id, headers, channel="phone")
    sold = {"account_id": account_id, "contact_external_id": buyer, "outcome": "sold"}
    with clock.frozen(NOW + timedelta(minutes=1)):
        for channel in ("phone", "email"):
            client.post(LOG, json=sold | {"channel": channel}, headers=headers)
    with clock.frozen(NOW + timedelta(minutes=2)):
        found = as_user(client, boss).get(REPORT).get_json()
    assert {line["group"]: line["count"] for line in found["groups"]} == {"promoter_low": 1, "not_asked": 1}
    assert {line["play"]: line["count"] for line in found["plays"]} == {"upsell": 1, None: 1}
    assert (found["upsell"]["count"], found["upsell"]["n"]) == (1, 2)


def test_suggestions_screened_out_are_counted_by_reason(app, client, boss):
    with app.app_context():
        make_buyer(9, seasonal(), external_id="ACME")
    suggest(client, "ACME", token(app))
    found = report(client, boss)
    assert found["screened_out"] == [{"reason": "seasonal_decline", "count": 1}]
    assert found["suggestions"] == [{"state": "screened_out", "count": 1}]


def test_the_period_leaves_out_what_lies_before_it(app, client, boss):
    with app.app_context():
        approach(make_account(), days=100)
    assert report(client, boss)["valid"]["n"] == 0
    assert report(client, boss, f"{REPORT}?from=2026-01-01")["valid"]["n"] == 1
    assert report(client, boss, f"{REPORT}?from=2026-01-01&to=2026-02-01")["valid"]["n"] == 0


def test_the_list_goes_on_where_it_ended(app, client, boss):
    with app.app_context():
        ids = [approach(make_account(), days=days) for days in (10, 20, 30)]
    first = report(client, boss, f"{REPORT}/contacts?limit=2")
    rest = report(client, boss, f"{REPORT}/contacts?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in first["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None


def test_an_account_manager_sees_their_own_customers(app, client):
    with app.app_context():
        mine, other = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
        approach(make_account(owner_id=mine))
        approach(make_account(owner_id=other))
    assert report(client, mine)["without"] == 1


def test_the_file_has_a_line_for_each_with_the_days_of_what_followed(app, client, boss):
    with app.app_context():
        account_id, _contact_id = make_customer(9, name="Acme")
        approach(account_id)
        give_issue(account_id, source=IssueSource.COMPLAINT, opened_at=ago(35))
    with clock.frozen(NOW):
        lines = as_user(client, boss).get(f"{PAGE}.csv?period=90").text.splitlines()
    assert len(lines) == 2
    assert "Acme" in lines[1]
    assert ago(35).date().isoformat() in lines[1]


def test_the_page_says_counts_where_a_share_would_say_too_much(app, boss):
    with app.app_context():
        approach(make_account(name="Acme"), days=5)
    with clock.frozen(NOW), viewing(app, boss, PAGE) as viewer:
        shown = texts(body_of(viewer, PAGE))
    assert "A share is shown from 10 sales contacts on." in shown
    assert "Acme" in shown
    assert "the 30 days are not over" in shown


def test_an_empty_period_says_so_and_shows_suggestions_all_the_same(app, client, boss):
    with app.app_context():
        make_buyer(9, seasonal(), external_id="ACME")
    suggest(client, "ACME", token(app))
    with clock.frozen(NOW), viewing(app, boss, PAGE) as viewer:
        shown = texts(body_of(viewer, PAGE))
    assert "No sales contact was logged in this period." in shown
    assert "The season explains the fall" in shown


def test_where_all_were_allowed_the_list_says_that(app, boss):
    with app.app_context():
        for _each in range(12):
            approach(make_account(), matched=Match.VALID)
    with clock.frozen(NOW), viewing(app, boss, PAGE) as viewer:
        shown = texts(body_of(viewer, PAGE))
    assert "every sales contact of this period had been allowed" in shown
    assert "100%" in shown
