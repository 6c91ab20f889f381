"""Exceptions by week of the quarter and approver, with what the customer did then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedback.access.rules import Role, Viewer
from feedback.accounts.rules import AccountStatus
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, Match
from feedback.gate.overriding.models import GateOverride
from feedback.gate.rules import Initiation
from feedback.kernel import clock
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.reporting.exceptions import exceptions_of_quarter, known_quarters
from tests.factories import insert, make_user
from tests.logins import as_user
from tests.slices.gate.world import NOW, give_answer, give_consent, make_customer

EVERYTHING = Viewer(kind="user", name="x", role=Role.EXECUTIVE, user_id=1)
ASKED = datetime(2026, 12, 22, 9, tzinfo=UTC)  # the 12th week


def make_exception(account_id: int, contact_id: int, **values: Any) -> int:
    manager, boss = make_user(Role.ACCOUNT_MANAGER, name="Mia"), make_user(Role.EXECUTIVE, name="Bo")
    defaults = {"purpose": "offers", "outcome": "hold", "state": "approved", "reason": "other", "note": "x", "days": 3}
    times = {"requested_at": ASKED, "decided_at": ASKED, "expires_at": ASKED + timedelta(days=3)}
    whom = {"account_id": account_id, "contact_id": contact_id, "requested_by_id": manager, "decided_by_id": boss}
    return insert(GateOverride, **defaults | times | whom | values)


def approach(account_id: int, contact_id: int, at: datetime) -> None:
    values = {"channel": Channel.PHONE, "initiation": Initiation.OUTBOUND, "good_moment": GoodMoment.YES, "source": "screen"}
    values |= {"purpose": Purpose.OFFERS, "outcome": ContactOutcome.SOLD, "matched": Match.VALID, "logged_by": "x"}
    insert(SalesContact, account_id=account_id, contact_id=contact_id, occurred_at=at, logged_at=at, **values)


@pytest.fixture
def customer(app):
    with app.app_context():
        yield make_customer(9, share=0.9)


def report():
    return exceptions_of_quarter(EVERYTHING, "2026-Q4")


def test_it_stands_in_its_week_under_its_approver(customer):
    make_exception(*customer)
    make_exception(*customer, state="refused", expires_at=None)
    found = report()
    assert [week for week in found.by_week if week[1] or week[2]] == [(12, 1, 1)]
    assert [(one.name, one.granted, one.refused) for one in found.approvers] == [("Bo", 1, 1)]


def test_another_quarter_has_none(customer):
    make_exception(*customer)
    assert exceptions_of_quarter(EVERYTHING, "2027-Q1").rows == []


def test_what_followed_within_thirty_days_counts_and_what_came_later_does_not(customer):
    make_exception(*customer)
    approach(*customer, ASKED + timedelta(days=1))
    approach(*customer, ASKED + timedelta(days=4))  # the exception was over by then
    soon, late = (ASKED - NOW).days + 5, (ASKED - NOW).days + 31
    give_answer(*customer, 3, days=-soon)
    give_answer(*customer, 2, days=-late)
    give_answer(*customer, 9, days=-soon)
    give_consent(customer[1], ConsentAction.WITHDRAWN, occurred_at=ASKED + timedelta(days=2))
    followed = report().rows[0].followed
    assert (followed.contacts, followed.detractors, followed.opt_outs, followed.lost) == (1, 1, 1, False)


def test_a_lost_customer_is_named(app):
    with app.app_context():
        make_exception(*make_customer(9, share=0.9, status=AccountStatus.CLOSED))
        assert report().rows[0].followed.lost


def test_what_was_never_granted_has_nothing_that_followed(customer):
    make_exception(*customer, state="requested", decided_by_id=None, decided_at=None, expires_at=None)
    assert [row.followed for row in report().rows] == [None]


def test_the_quarters_go_back_two_years():
    known = known_quarters(datetime(2026, 2, 1, tzinfo=UTC).date())
    assert (known[0], known[1], known[-1], len(known)) == ("2026-Q1", "2025-Q4", "2024-Q2", 8)


def test_the_report_of_the_running_quarter_through_http(client, app, customer):
    make_exception(*customer)
    boss = make_user(Role.EXECUTIVE)
    with clock.frozen(ASKED + timedelta(days=1)):
        found = as_user(client, boss).get("/api/v1/exceptions").get_json()
    assert (found["quarter"], found["rows"][0]["week"], found["rows"][0]["followed"]["open"]) == ("2026-Q4", 12, True)


@pytest.mark.parametrize("quarter", ["2026", "Q4-2026", "2026-Q9"])
def test_what_is_no_quarter_is_refused(client, app, quarter):
    with app.app_context():
        boss = make_user(Role.EXECUTIVE)
    answer = as_user(client, boss).get(f"/api/v1/exceptions?quarter={quarter}")
    assert (answer.status_code, "2026-Q4" in answer.text) == (422, True)
