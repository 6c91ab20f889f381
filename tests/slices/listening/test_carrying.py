"""Mails on their way: servers that refuse, stall, tire or vanish; the pace; and what the last look stops."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Contact
from feedback.egress import smtp
from feedback.egress.smtp import Pace
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import service
from feedback.listening.models import SurveyMail
from feedback.listening.rules.states import QuarantineMode, WaveState
from feedback.listening.sending import queue_due
from feedback.outbox.models import OutboxMessage
from feedback.outbox.queries import dead_messages
from feedback.permission.models import Suppression
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.uow import transaction
from jobs import send_surveys
from tests.factories import make_account, make_survey
from tests.slices.listening.asking import ACTOR, ask, draw_up, invitation_of, start
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATE = MONDAY + timedelta(hours=9, minutes=30)  # everybody of Monday is due


@pytest.fixture(autouse=True)
def _fast(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "mails_per_second", 1000)


def wave(people: int) -> list[str]:
    """A wave that asks so many people on Monday; their addresses."""
    for _ in range(people):
        ask(make_account())
    start(draw_up(ends_on=MONDAY.date()))
    return [address for address in db.session.scalars(sa.select(Contact.email).order_by(Contact.id)) if address]


def carry(after: timedelta = timedelta(), *, day: datetime = LATE) -> None:
    with clock.frozen(day + after):
        send_surveys.send()


def states() -> list[InvitationState]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Invitation.state).order_by(Invitation.contact_id)))


def test_a_dead_recipient_does_not_hold_up_the_rest(post: Mailbox) -> None:
    addresses = wave(6)
    post.script[addresses[2]] = ["550 5.1.1 no such user"]
    carry()
    assert sorted(post.recipients) == sorted(set(addresses) - {addresses[2]})
    assert states().count(InvitationState.SENT) == 5
    assert states()[2] is InvitationState.BOUNCED
    (entry,) = db.session.scalars(sa.select(Suppression))
    assert (entry.reason, entry.address, entry.contact_id) == (SuppressionReason.HARD_BOUNCE, addresses[2].lower(), 3)


def test_a_refusal_that_is_about_us_kills_no_address(post: Mailbox) -> None:
    addresses = wave(2)
    post.script = {addresses[0]: ["550 5.7.1 blocked by our spam policy"], addresses[1]: ["data 554 content rejected"]}
    carry()
    assert states() == [InvitationState.FAILED, InvitationState.FAILED]
    assert db.session.scalars(sa.select(Suppression)).all() == []


def test_grey_listing_and_full_mailboxes_are_tried_again_later(post: Mailbox) -> None:
    addresses = wave(3)
    post.script = {addresses[0]: ["451 4.7.1 greylisted", "451 again"], addresses[1]: ["data 452 4.2.2 full"]}
    carry()
    assert len(post.raw) == 1
    carry(timedelta(seconds=11))
    assert len(post.raw) == 2
    carry(timedelta(minutes=2))
    assert sorted(post.recipients) == sorted([*addresses, addresses[1]])  # once refused after the mail, then taken
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.raw) == 3


def test_a_server_that_falls_silent_costs_one_mail_a_while(post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    addresses = wave(5)
    post.script[addresses[0]] = ["hang"]
    carry()
    assert len(post.raw) == 4
    carry(timedelta(seconds=11))
    assert sorted(post.recipients) == sorted(addresses)


def test_connections_are_kept_and_made_anew_when_the_server_tires(
    post: Mailbox, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "mail_connections", 1)
    post.per_connection = 3
    wave(8)
    carry()
    assert (len(post.raw), post.connections) == (8, 3)
    assert db.session.scalar(sa.select(sa.func.max(OutboxMessage.attempts))) == 1


def test_a_server_that_is_away_is_held_against_no_mail(post: Mailbox, app: Flask) -> None:
    wave(5)
    there = app.extensions["closedloop_settings"].smtp_url
    app.extensions["closedloop_settings"].smtp_url = "smtp://127.0.0.1:1"
    for minute in range(13):  # more often than a message may fail
        carry(timedelta(minutes=minute))
    assert db.session.scalar(sa.select(sa.func.max(OutboxMessage.attempts)).where(OutboxMessage.kind == "send_survey")) == 0
    app.extensions["closedloop_settings"].smtp_url = there
    carry(timedelta(minutes=14))
    assert len(post.raw) == 5
    assert dead_messages() == []


def test_a_server_that_does_not_want_us_is_not_a_dead_address(post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    wave(2)
    monkeypatch.setattr("tests.smtp._Session._fine", lambda self, line: self._say("530 log in" if b"mail" in line else "250 ok"))
    carry()
    assert states() == [InvitationState.QUEUED] * 2
    assert dead_messages() == []


def test_a_third_of_troubles_loses_nothing_and_doubles_nothing(post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.15)
    post.silence = 0.3
    addresses = wave(60)
    for place in range(0, 60, 3):
        trouble = (["451 later"], ["data 450 later"], ["hang"], ["421 closing"], ["550 5.1.1 unknown"])[place // 3 % 5]
        post.script[addresses[place]] = trouble
    for minute in range(4):
        carry(timedelta(minutes=minute))
    delivered = [str(mail["To"]) for mail in post.mails]
    assert len(delivered) == len(set(delivered)) == 56
    assert set(addresses) - set(delivered) == {addresses[place] for place in range(12, 60, 15)}
    assert states().count(InvitationState.SENT) == 56
    assert states().count(InvitationState.BOUNCED) == 4


def test_the_pace_is_kept_by_all_threads_together() -> None:
    pace, began = Pace(200), time.monotonic()
    for _ in range(460):  # the first 400 are what two seconds without mails left
        pace.wait()
    assert time.monotonic() - began >= 0.25


def test_a_pause_holds_what_is_on_its_way(post: Mailbox) -> None:
    ask(make_account())
    wave_id = draw_up(ends_on=MONDAY.date())
    start(wave_id)
    with clock.frozen(LATE), transaction():
        queue_due()
        service.move_wave(wave_id, WaveState.PAUSED, actor=ACTOR)
    carry()
    assert post.raw == []
    with transaction():
        service.move_wave(wave_id, WaveState.RUNNING, actor=ACTOR)
    carry(timedelta(minutes=1))
    assert len(post.raw) == 1


def test_a_cancelled_wave_stops_what_is_on_its_way(post: Mailbox) -> None:
    contact = ask(make_account())
    wave_id = draw_up(ends_on=MONDAY.date())
    start(wave_id)
    with clock.frozen(LATE), transaction():
        queue_due()
        service.move_wave(wave_id, WaveState.CANCELLED, actor=ACTOR)
    carry()
    assert post.raw == []
    assert invitation_of(contact).state is InvitationState.STOPPED


def test_two_requests_at_once_send_one_mail(post: Mailbox) -> None:
    ask(make_account())
    make_survey("delivery")
    make_survey("claim")
    first, second = draw_up(survey="delivery", ends_on=MONDAY.date()), draw_up(survey="claim", ends_on=MONDAY.date())
    start(first)
    with transaction() as session:  # as if both had been planned at the same moment on two servers
        held = session.scalars(sa.select(Invitation)).one()
        held.state = InvitationState.SKIPPED
    start(second)
    with transaction() as session:
        session.get_one(Invitation, held.id).state = InvitationState.PLANNED
    carry()
    assert len(post.raw) == 1
    found = db.session.execute(sa.select(Invitation.state, Invitation.skip_reason).order_by(Invitation.id)).all()
    assert found == [(InvitationState.SENT, None), (InvitationState.SKIPPED, SkipReason.QUARANTINE)]


def test_what_another_wave_only_plans_does_not_stop_a_mail(post: Mailbox) -> None:
    ask(make_account())
    start(draw_up(ends_on=MONDAY.date()))
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(quarantine_days=3))
    later = draw_up(name="Later", quarantine=QuarantineMode.DELAY)
    assert start(later).asked
    carry()
    assert len(post.raw) == 1


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu"])
def test_the_end_of_a_quarantine_is_the_same_moment_everywhere(post: Mailbox, zone: str) -> None:
    ask(make_account(), time_zone=zone)
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(quarantine_days=3))
    (first,) = start(draw_up(ends_on=MONDAY.date() + timedelta(days=1))).asked
    assert first.planned.send_at is not None
    carry(day=first.planned.send_at)
    assert len(post.raw) == 1
    days = {"starts_on": MONDAY.date() + timedelta(days=2), "ends_on": MONDAY.date() + timedelta(days=11)}
    with clock.frozen(LATE + timedelta(days=1)):
        (place,) = start(draw_up(name="Again", quarantine=QuarantineMode.DELAY, **days)).asked
    assert place.planned.send_at is not None
    carry(day=place.planned.send_at)
    assert len(post.raw) == 2, db.session.execute(sa.select(Invitation.state, Invitation.skip_reason)).all()


def test_a_bounced_mail_does_not_count_as_asked(post: Mailbox) -> None:
    (address,) = wave(1)
    post.script[address] = ["550 5.1.1 unknown"]
    carry()
    with transaction() as session:
        session.execute(sa.update(Contact).values(email="new@customer.example"))
    with clock.frozen(LATE):
        (place,) = start(draw_up(name="Again")).asked
    assert place.planned.send_at is not None
    carry(day=place.planned.send_at)
    assert post.recipients == ["new@customer.example"]


def test_mails_leave_while_the_job_watches(post: Mailbox, app: Flask) -> None:
    contact = ask(make_account())
    start(draw_up())
    with transaction() as session:
        session.execute(sa.update(Invitation).values(send_at=MONDAY + timedelta(hours=2)))
    with clock.frozen(MONDAY):
        send_surveys.send(0.6)
        assert post.raw == []
    with clock.frozen(MONDAY + timedelta(hours=2)):
        send_surveys.send(0.6)
    assert invitation_of(contact).state is InvitationState.SENT
    assert db.session.scalar(sa.select(SurveyMail.sent_at)) == MONDAY + timedelta(hours=2)
