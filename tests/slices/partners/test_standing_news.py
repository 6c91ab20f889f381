"""Of every flip of the gate exactly one piece of news, in order, and none of what only passes by."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import Account, Contact
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.partners.models import StandingWatch, ToldStanding, TouchedAccount, WebhookEvent
from feedback.partners.rules.news import NewsType
from feedback.partners.webhooks import change_webhook, remove_webhook
from feedback.permission.rules import Channel, ConsentAction
from feedback.uow import transaction
from jobs import tell_standings
from tests.logins import token
from tests.slices.gate.world import NOW, give_answer, give_consent, give_issue, make_customer
from tests.slices.partners.hooks import connect, happened, send
from tests.slices.partners.partner_server import Partner

LOOSE = {"time_zone": "Europe/Berlin"}


def _told() -> list[str]:
    return [row.value for row in db.session.scalars(sa.select(WebhookEvent.type).order_by(WebhookEvent.id))]


def test_the_standing_of_the_start_is_no_news(partner: Partner) -> None:
    make_customer(**LOOSE)
    connect(partner)
    assert _told() == []
    assert db.session.scalars(sa.select(ToldStanding)).one().said["gate"]["open"]


def test_each_flip_is_told_once(partner: Partner) -> None:
    account_id, _contact = make_customer(**LOOSE)
    connect(partner)
    issue_id = give_issue(account_id)
    happened(account_id, account_id)
    happened(account_id)
    with transaction() as session:
        session.execute(sa.delete(Issue).where(Issue.id == issue_id))
    happened(account_id)
    assert _told() == ["gate.closed", "gate.opened"]


def test_a_customer_who_is_new_opens_the_gate(partner: Partner) -> None:
    connect(partner)
    account_id, _contact = make_customer(**LOOSE)
    happened(account_id)
    assert _told() == ["gate.opened"]


def test_the_quiet_hours_close_nothing(partner: Partner) -> None:
    account_id, contact_id = make_customer(**LOOSE)
    give_consent(contact_id, channel=Channel.PHONE)
    connect(partner)
    with clock.frozen(NOW + timedelta(hours=14)):  # two in the morning
        happened(account_id)
    assert _told() == []


def test_one_open_channel_is_enough(partner: Partner) -> None:
    account_id, contact_id = make_customer(**LOOSE)
    give_consent(contact_id, channel=Channel.PHONE)
    connect(partner)
    give_consent(contact_id, ConsentAction.WITHDRAWN, occurred_at=NOW)
    happened(account_id)
    assert _told() == []


def test_a_not_now_closes_and_time_alone_opens_again(partner: Partner) -> None:
    account_id, contact_id = make_customer(**LOOSE)
    connect(partner)
    with transaction() as session:
        session.get_one(Contact, contact_id).not_now_until = (NOW + timedelta(days=3)).date()
    happened(account_id)
    with clock.frozen(NOW + timedelta(days=4)):
        tell_standings.run()
    assert _told() == ["gate.closed", "gate.opened"]


def test_feedback_that_grows_too_old_is_told_without_an_event(partner: Partner) -> None:
    make_customer(**LOOSE)
    connect(partner, NewsType.STANDING_CHANGED)
    for day in range(1, 420, 20):
        with clock.frozen(NOW + timedelta(days=day)):
            tell_standings.run()
    assert _told()[0] == "standing.changed"


def test_a_customer_who_left_closes_it(partner: Partner) -> None:
    account_id, _contact = make_customer(**LOOSE)
    connect(partner)
    with transaction() as session:
        session.get_one(Account, account_id).status = AccountStatus.CLOSED
    happened(account_id)
    happened(account_id)
    assert _told() == ["gate.closed"]


def test_an_answer_through_the_api_is_told(app: Flask, client: FlaskClient, partner: Partner) -> None:
    account_id, _contact = make_customer(**LOOSE)
    connect(partner, NewsType.GATE_CLOSED, NewsType.RESPONSE_RECEIVED, NewsType.ISSUE_OPENED)
    external = db.session.get_one(Account, account_id).external_id
    body = {"account_external_id": external, "contact_external_id": "boss", "score": 1, "comment": "late again"}
    assert client.post("/api/v1/responses", json=body, headers=token(app)).status_code == 201
    tell_standings.run()
    send()
    assert sorted(partner.types) == ["gate.closed", "issue.opened", "response.received"]
    assert "late again" not in "".join(partner.bodies)


def test_without_a_watcher_nothing_is_noted(partner: Partner) -> None:
    account_id, _contact = make_customer(**LOOSE)
    happened(account_id)
    webhook_id, _secret = connect(partner)
    with transaction():
        remove_webhook(webhook_id, actor="user:1")
    happened(account_id)
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (StandingWatch, TouchedAccount)] == [0, 0]


@pytest.mark.parametrize("events", [[NewsType.RESPONSE_RECEIVED], [NewsType.CONSENT_CHANGED]])
def test_who_wants_other_news_watches_no_standings(partner: Partner, events: list[NewsType]) -> None:
    webhook_id, _secret = connect(partner)
    with transaction():
        change_webhook(webhook_id, {"events": events}, actor="user:1")
    assert db.session.scalar(sa.select(StandingWatch.id)) is None


def test_a_detractor_closes_it_in_the_transaction_of_the_comparison(partner: Partner) -> None:
    account_id, contact_id = make_customer(**LOOSE)
    connect(partner)
    give_answer(account_id, contact_id, 2, days=1)
    give_issue(account_id, IssueState.ROUTED)
    happened(account_id)
    assert db.session.scalars(sa.select(ToldStanding)).one().said["gate"]["open"] is False
