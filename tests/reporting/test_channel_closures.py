"""Who closed a channel to offers, beside the last sales contact with them."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from feedback.access.rules import Role, Viewer
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, Match
from feedback.gate.rules import Initiation
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.reporting.channel_closures import channel_closures
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_account, make_contact, make_user
from tests.slices.gate.world import NOW, give_consent

EVERYBODY = Viewer(kind="user", name="x", role=Role.EXECUTIVE, user_id=1)


def approach(account: int, contact: int, match: Match, days: float) -> None:
    at = NOW - timedelta(days=days)
    values = {"purpose": Purpose.OFFERS, "channel": Channel.EMAIL, "initiation": Initiation.OUTBOUND, "source": "screen"}
    values |= {"good_moment": GoodMoment.YES, "outcome": ContactOutcome.DECLINED, "logged_by": "x", "logged_at": at}
    insert(SalesContact, account_id=account, contact_id=contact, matched=match, occurred_at=at, **values)


def close(contact: int, action: ConsentAction = ConsentAction.WITHDRAWN, **values: Any) -> None:
    said = {"channel": Channel.PHONE, "occurred_at": NOW, "recorded_at": NOW}
    give_consent(contact, action, **said | values)


@pytest.fixture
def customer(app: Flask):
    with app.app_context():
        account = make_account()
        yield account, make_contact(account)


def test_the_last_contact_before_is_put_beside_it(customer) -> None:
    approach(*customer, Match.VALID, days=9)
    approach(*customer, Match.AGAINST, days=2)
    approach(*customer, Match.WITHOUT, days=-1)  # came after it
    close(customer[1])
    (found,) = channel_closures(EVERYBODY, None, None)
    assert (found.channel, found.people, dict(found.after)) == (Channel.PHONE, 1, {Match.AGAINST: 1})


def test_one_longer_ago_is_none(customer) -> None:
    approach(*customer, Match.AGAINST, days=15)
    close(customer[1])
    assert dict(channel_closures(EVERYBODY, None, None)[0].after) == {None: 1}


def test_a_person_counts_once_per_channel_and_a_yes_or_a_survey_not_at_all(customer) -> None:
    close(customer[1], occurred_at=NOW - timedelta(days=2))
    close(customer[1], purpose=Purpose.PARTNER_OFFERS)
    close(customer[1], channel=Channel.SMS, purpose=Purpose.FEEDBACK)
    give_consent(customer[1], channel=Channel.POST)
    assert [(one.channel, one.people) for one in channel_closures(EVERYBODY, None, None)] == [(Channel.PHONE, 1)]


def test_the_period_and_the_scope_hold(customer, app: Flask) -> None:
    close(customer[1])
    manager = Viewer(kind="user", name="x", role=Role.ACCOUNT_MANAGER, user_id=make_user(Role.ACCOUNT_MANAGER))
    assert channel_closures(EVERYBODY, NOW + timedelta(days=1), None) == []
    assert channel_closures(EVERYBODY, None, NOW) == []
    assert channel_closures(manager, None, None) == []


def test_the_page_shows_them(app: Flask) -> None:
    with app.app_context():
        boss, account = make_user(Role.EXECUTIVE), make_account()
        close(make_contact(account))
    with viewing(app, boss) as viewer:
        seen = texts(body_of(viewer, "/app/selling-discipline?period=all"))
    assert ("Channels that customers closed to offers" in seen, "No contact in 14 days" in seen) == (True, True)


def test_a_first_no_closes_nothing_and_one_after_a_yes_does(customer) -> None:
    close(customer[1], action=ConsentAction.REFUSED)
    assert channel_closures(EVERYBODY, None, None) == []
    give_consent(customer[1], channel=Channel.PHONE, occurred_at=NOW - timedelta(days=50))
    assert [one.people for one in channel_closures(EVERYBODY, None, None)] == [1]
