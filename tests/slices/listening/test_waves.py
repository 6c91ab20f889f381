"""A wave from its draft to the answers, through the mail server and the public page."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.listening import service
from feedback.listening.models import SurveyMail, Wave
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.permission import suppressions
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.uow import transaction
from jobs import close_waves, send_surveys
from tests.factories import make_account
from tests.slices.listening.asking import ACTOR, ask, draw_up, invitation_of, link_in, rehearsed, start
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_a_rehearsal_says_who_and_when_and_why_not_and_writes_nothing(now: datetime) -> None:
    account = make_account()
    ask(account)
    silent, gone = ask(account, consents=False), ask(account)
    with transaction():
        suppressions.suppress(SuppressionReason.UNSUBSCRIBED, actor=ACTOR, contact_id=gone)
    rehearsal = rehearsed(draw_up())
    assert rehearsal.skipped == {SkipReason.NO_PERMISSION: 1, SkipReason.STOP_LIST: 1}
    assert len(rehearsal.asked) == 1
    assert rehearsal.per_day == {date(2026, 11, 23): 1}
    assert rehearsal.expected_answers == pytest.approx(0.3)
    reasons = {place.listed.person.contact_id: place.planned.reason for place in rehearsal.places}
    assert reasons[silent] is SkipReason.NO_PERMISSION
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 0


def test_from_the_plan_to_the_answer(post: Mailbox, client: FlaskClient) -> None:
    account = make_account(language="es")
    contact = ask(account, name="Ana")
    wave_id = draw_up()
    rehearsal = start(wave_id)
    send_at = rehearsal.asked[0].planned.send_at
    assert send_at is not None
    send_surveys.send()
    assert post.raw == []  # it is not yet nine o'clock
    with clock.frozen(send_at):
        send_surveys.send()
        send_surveys.send()
    (mail,) = post.mails
    assert mail["To"] == f"{db.session.get_one(Contact, contact).email}"
    assert mail["Content-Language"] == "es"
    assert "¿" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert invitation_of(contact).state is InvitationState.SENT
    with clock.frozen(clock.now() - timedelta(minutes=1)):
        page = client.get(link_in(mail) + "?score=3")
    view = re.search(r'name="view" value="([^"]+)"', page.text)
    assert page.status_code == 200
    assert view
    answer = client.post(link_in(mail), data={"view": view.group(1), "score": "3", "lang": "es", "comment": "Tarde"})
    assert answer.status_code == 200
    assert invitation_of(contact).state is InvitationState.ANSWERED
    assert db.session.scalars(sa.select(Response.score)).all() == [3]


def test_two_reminders_at_most_and_none_after_an_answer(post: Mailbox) -> None:
    account = make_account()
    ask(account)
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(reminder_days=[4, 7]))
    send_at = start(draw_up()).asked[0].planned.send_at
    assert send_at is not None
    for days, mails in ((0, 1), (3, 1), (4, 2), (10, 2), (11, 3), (42, 3)):
        with clock.frozen(send_at + timedelta(days=days)):
            send_surveys.send()
        assert len(post.raw) == mails, days
    assert len({mail["Message-ID"] for mail in post.mails}) == 3
    assert len({link_in(mail) for mail in post.mails}) == 1


@pytest.mark.parametrize("when", ["planned", "queued"])
def test_a_stop_signal_holds_to_the_last_moment(post: Mailbox, when: str) -> None:
    contact = ask(make_account())
    send_at = start(draw_up()).asked[0].planned.send_at
    assert send_at is not None
    with clock.frozen(send_at):
        if when == "queued":
            from feedback.listening.sending import queue_due

            with transaction():
                assert queue_due() == 1
        with transaction():
            suppressions.suppress(SuppressionReason.UNSUBSCRIBED, actor=ACTOR, contact_id=contact)
        send_surveys.send()
    assert post.raw == []
    assert invitation_of(contact).state is InvitationState.SKIPPED
    assert invitation_of(contact).skip_reason is SkipReason.STOP_LIST
    (mail,) = db.session.scalars(sa.select(SurveyMail))
    assert mail.stopped_because == "stop_list"


def test_somebody_asked_in_one_wave_is_in_quarantine_for_the_next(now: datetime) -> None:
    ask(make_account())
    start(draw_up())
    assert rehearsed(draw_up(name="Again")).skipped == {SkipReason.QUARANTINE: 1}


def test_taking_somebody_off_is_reported_with_what_they_said_last(now: datetime) -> None:
    account = make_account()
    contact = ask(account)
    wave_id = draw_up()
    with transaction():
        service.take_off(wave_id, account, contact, ExclusionReason.SENSITIVE_TALKS, "Contract talks", actor=ACTOR)
    assert rehearsed(wave_id).skipped == {SkipReason.TAKEN_OFF: 1}
    with pytest.raises(RuleViolation, match="nobody"):
        start(wave_id)


def test_a_wave_starts_once(now: datetime) -> None:
    ask(make_account())
    wave_id = draw_up()
    start(wave_id)
    with pytest.raises(RuleViolation, match="before"):
        start(wave_id)


def test_a_cancelled_wave_sends_nothing(post: Mailbox) -> None:
    contact = ask(make_account())
    wave_id = draw_up()
    start(wave_id)
    with transaction():
        service.move_wave(wave_id, WaveState.CANCELLED, actor=ACTOR)
    with clock.frozen(MONDAY + timedelta(days=3)):
        send_surveys.send()
    assert post.raw == []
    assert invitation_of(contact).state is InvitationState.STOPPED
    assert db.session.get_one(Wave, wave_id).ended_at == MONDAY


def test_a_wave_ends_when_nobody_is_left_to_wait_for(post: Mailbox) -> None:
    contact = ask(make_account())
    wave_id = draw_up()
    send_at = start(wave_id).asked[0].planned.send_at
    assert send_at is not None
    with clock.frozen(send_at):
        send_surveys.send()
    expires_at = invitation_of(contact).expires_at
    for at, state in ((expires_at - timedelta(minutes=1), WaveState.RUNNING), (expires_at, WaveState.FINISHED)):
        with clock.frozen(at):
            close_waves.run()
        db.session.rollback()
        assert db.session.get_one(Wave, wave_id).state is state
    assert invitation_of(contact).state is InvitationState.EXPIRED


def test_without_a_mail_server_a_wave_waits(now: datetime) -> None:
    contact = ask(make_account())
    start(draw_up())
    with clock.frozen(MONDAY + timedelta(days=3)):
        send_surveys.send()
    assert invitation_of(contact).state is InvitationState.PLANNED
