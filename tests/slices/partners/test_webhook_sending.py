"""Webhooks reach partners: signed, at least once, in order for each account, and nothing is lost on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
import sqlalchemy as sa
from standardwebhooks.webhooks import WebhookVerificationError

from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.partners import deliveries, webhooks
from feedback.partners.contract import payload_schema
from feedback.partners.models import Webhook, WebhookAttempt, WebhookDelivery
from feedback.partners.rules.delivering import DeliveryState, HookState
from feedback.partners.rules.news import NewsType
from feedback.partners.sending import claim_next
from feedback.uow import end_reading, transaction
from tests.factories import make_account, make_user
from tests.slices.gate.world import NOW, give_issue, make_customer
from tests.slices.partners.hooks import connect, happened, news, send
from tests.slices.partners.partner_server import BIG, BROKEN, BUSY, ELSEWHERE, GONE, RESET, Answer, Partner


def _states() -> list[str]:
    return [row.value for row in db.session.scalars(sa.select(WebhookDelivery.state).order_by(WebhookDelivery.id))]


def _tries() -> list[tuple[int | None, str | None, str | None]]:
    columns = (WebhookAttempt.status, WebhookAttempt.answer, WebhookAttempt.error)
    return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(WebhookAttempt.id))]


def test_a_flip_arrives_signed_and_as_described(partner: Partner) -> None:
    account_id, contact_id = make_customer(time_zone="Europe/Berlin")
    _webhook, secret = connect(partner)
    give_issue(account_id)
    happened(account_id)
    with clock.frozen(_real_now()):
        send()
    said = partner.verify(secret)
    jsonschema_rs.validate(payload_schema(NewsType.GATE_CLOSED), said)
    assert said["data"]["account"]["id"] == account_id
    assert said["data"]["gate"]["channels"]["email"]["contact_id"] == contact_id


def _real_now() -> datetime:
    """The library compares with the machine's clock."""
    return datetime.now(UTC)


def test_another_secret_is_not_believed(partner: Partner) -> None:
    connect(partner)
    news(make_account())
    with clock.frozen(_real_now()):
        send()
    with pytest.raises(WebhookVerificationError):
        partner.verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_while_a_secret_is_exchanged_both_are_good(partner: Partner) -> None:
    webhook_id, old = connect(partner)
    with clock.frozen(_real_now()):
        with transaction():
            new = webhooks.renew_secret(webhook_id, actor="user:1")
        news(make_account())
        send()
    assert partner.verify(old) == partner.verify(new)


def test_a_day_later_only_the_new_one_is(partner: Partner) -> None:
    webhook_id, old = connect(partner)
    with clock.frozen(_real_now() - timedelta(hours=25)), transaction():
        new = webhooks.renew_secret(webhook_id, actor="user:1")
    with clock.frozen(_real_now()):
        news(make_account())
        send()
    assert partner.verify(new)
    with pytest.raises(WebhookVerificationError):
        partner.verify(old)


@pytest.mark.parametrize("trouble", [BROKEN, BUSY, ELSEWHERE, RESET], ids=["500", "429", "redirect", "reset"])
def test_what_was_not_taken_comes_again_under_the_same_id(partner: Partner, trouble: Answer) -> None:
    connect(partner)
    news(make_account())
    partner.answers = [trouble, trouble]
    for wait in (0, 300, 900):
        with clock.frozen(NOW + timedelta(seconds=wait)):
            send()
    assert len(partner.ids) == 3
    assert len(set(partner.ids)) == 1
    assert _states() == ["delivered"]


def test_retry_after_is_kept(partner: Partner) -> None:
    connect(partner)
    news(make_account())
    partner.answers = [BUSY]
    send()
    due = db.session.scalars(sa.select(WebhookDelivery.next_try_at)).one()
    assert due == NOW + timedelta(seconds=120)


def test_of_a_big_answer_a_kilobyte_is_kept(partner: Partner) -> None:
    connect(partner)
    news(make_account())
    partner.answers = [BIG]
    send()
    assert _states() == ["delivered"]
    assert _tries() == [(200, "x" * 1024, None)]


def test_after_about_a_day_it_is_given_up(partner: Partner) -> None:
    connect(partner)
    news(make_account())
    partner.choose = lambda _message: BROKEN
    for hour in range(40):
        for minute in (0, 1, 5, 20):
            with clock.frozen(NOW + timedelta(hours=hour, minutes=minute)):
                send()
    assert _states() == ["given_up"]
    assert len(_tries()) == 11


def test_the_next_news_of_an_account_waits_and_others_go_on(partner: Partner) -> None:
    connect(partner)
    first, other = make_account(), make_account()
    partner.choose = lambda message: BROKEN if message["data"]["account"]["id"] == first and len(partner.got) < 3 else _taken()
    for account_id, number in ((first, 1), (first, 2), (other, 3)):
        news(account_id, number)
    for seconds in (0, 1, 10, 20, 60):
        with clock.frozen(NOW + timedelta(seconds=seconds)):
            send()
    order = [message["data"]["number"] for message in partner.got]
    assert order.index(3) < order.index(2)
    assert order[-1] == 2


def _taken() -> Answer:
    return (200, {}, b"")


def test_410_switches_it_off_and_its_owner_hears_of_it(partner: Partner) -> None:
    admin = make_user()
    webhook_id, _secret = connect(partner)
    news(make_account())
    partner.answers = [GONE]
    send()
    assert db.session.get_one(Webhook, webhook_id).state is HookState.OFF
    assert _states() == ["given_up"]
    told = db.session.scalars(sa.select(OutboxMessage.payload)).one()
    assert (told["user_id"], told["kind"]) == (admin, "webhook_off")


def test_three_days_of_failures_switch_it_off(partner: Partner) -> None:
    make_user()
    webhook_id, _secret = connect(partner)
    partner.choose = lambda _message: BROKEN
    states = []
    for day in range(5):
        with clock.frozen(NOW + timedelta(days=day)):
            news(make_account())
            send()
        states.append(db.session.get_one(Webhook, webhook_id).state.value)
        end_reading()
    assert states == ["active", "active", "active", "off", "off"]


def test_what_a_paused_webhook_missed_is_replayed(partner: Partner) -> None:
    webhook_id, _secret = connect(partner)
    with transaction():
        webhooks.change_webhook(webhook_id, {"active": False}, actor="user:1")
    news(make_account())
    assert send().taken == 0
    with transaction():
        webhooks.change_webhook(webhook_id, {"active": True}, actor="user:1")
        count = deliveries.replay(webhook_id, NOW, NOW + timedelta(seconds=1), actor="user:1")
    send()
    assert (count, partner.types) == (1, ["gate.opened"])


def test_a_delivery_is_sent_again_under_the_same_id(partner: Partner) -> None:
    connect(partner)
    news(make_account())
    send()
    with transaction():
        deliveries.send_again(db.session.scalars(sa.select(WebhookDelivery.id)).one(), actor="user:1")
    send()
    assert len(partner.ids) == 2
    assert len(set(partner.ids)) == 1


def test_a_test_event_is_sent_at_once_even_when_paused(partner: Partner) -> None:
    webhook_id, _secret = connect(partner, active=False)
    found = deliveries.send_test(webhook_id, actor="user:1")
    assert (found.row.state, found.attempts[0].answer) == (DeliveryState.DELIVERED, "thanks")
    assert partner.types == ["webhook.test"]


def test_a_stop_between_try_and_note_repeats_it_under_the_same_id(partner: Partner) -> None:
    webhook_id, _secret = connect(partner)
    news(make_account())
    assert claim_next(webhook_id) is not None  # and then the process was killed
    assert send().taken == 0
    with clock.frozen(NOW + timedelta(seconds=61)):
        assert send().taken == 1


def test_names_are_sent_only_where_they_are_asked_for(partner: Partner) -> None:
    connect(partner)
    connect(partner, details=True)
    news(make_account(name="Nordbau"))
    send()
    assert sorted("Nordbau" in body for body in partner.bodies) == [False, True]


def test_an_address_inside_is_not_called(partner: Partner, monkeypatch: pytest.MonkeyPatch, app: Any) -> None:
    connect(partner)
    news(make_account())
    monkeypatch.setattr(app.extensions["closedloop_settings"], "private_hosts", [])
    send()
    assert partner.got == []
    assert "only https" in str(_tries()[0][2])
