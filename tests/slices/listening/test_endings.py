"""No invitation waits for ever, and nobody is mailed after it was called off."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Contact
from feedback.egress import smtp
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.listening import service
from feedback.listening.came_back import record_failure
from feedback.listening.models import SurveyMail, Wave
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.listening.rules.verdicts import Verdict
from feedback.listening.sending import queue_due
from feedback.outbox.models import OutboxMessage
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.uow import transaction
from jobs import send_surveys
from tests.factories import make_account
from tests.slices.listening.asking import ACTOR, ask, draw_up, invitation_of, start
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATE = MONDAY + timedelta(hours=9, minutes=30)


@pytest.fixture(autouse=True)
def _fast(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "mails_per_second", 1000)


def carry(at: datetime = LATE) -> None:
    with clock.frozen(at):
        send_surveys.send()


def one_on_monday(**contact: object) -> tuple[int, int, int]:
    """Account, contact and wave."""
    account = make_account()
    person = ask(account, **contact)  # type: ignore[arg-type]
    wave = draw_up(ends_on=MONDAY.date())
    start(wave)
    return account, person, wave


def programs(**values: object) -> None:
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(**values))


def end_of(person: int) -> tuple[InvitationState, str | None]:
    found = invitation_of(person)
    return found.state, db.session.scalar(sa.select(SurveyMail.stopped_because).where(SurveyMail.invitation_id == found.id))


def test_who_is_taken_off_gets_nothing_that_is_on_its_way(post: Mailbox) -> None:
    account, person, wave = one_on_monday()
    with clock.frozen(LATE), transaction():
        queue_due()
        service.take_off(wave, account, person, ExclusionReason.OPEN_COMPLAINT, "angry", actor=ACTOR)
    carry()
    assert post.raw == []
    assert (end_of(person)[0], invitation_of(person).skip_reason) == (InvitationState.SKIPPED, SkipReason.TAKEN_OFF)


@pytest.mark.parametrize("queued", [False, True])
def test_who_is_taken_off_gets_no_reminder(post: Mailbox, queued: bool) -> None:
    programs(reminder_days=[3])
    account, person, wave = one_on_monday()
    carry()
    later = datetime(2026, 11, 27, 10, tzinfo=UTC)
    with clock.frozen(later), transaction():
        if queued:
            queue_due()
        service.take_off(wave, account, person, ExclusionReason.OPEN_COMPLAINT, "angry", actor=ACTOR)
    carry(later)
    assert len(post.raw) == 1
    assert (end_of(person)[0], invitation_of(person).next_reminder_at) == (InvitationState.SENT, None)


def test_a_program_that_is_switched_off_mails_nobody(post: Mailbox) -> None:
    _, person, _ = one_on_monday()
    programs(active=False)
    carry()
    assert post.raw == []
    assert end_of(person) == (InvitationState.STOPPED, "program_inactive")


def test_a_wave_of_a_program_that_is_switched_off_does_not_start(now: datetime) -> None:
    ask(make_account())
    wave = draw_up()
    programs(active=False)
    with pytest.raises(RuleViolation, match="switched off"):
        start(wave)


def ended(wave: int, *, days: int = 1) -> WaveState:
    with clock.frozen(LATE + timedelta(days=days)), transaction():
        service.expire_invitations()
        service.finish_waves()
    return db.session.get_one(Wave, wave).state


def test_an_address_that_no_mail_can_be_written_to_has_failed(post: Mailbox) -> None:
    _, person, wave = one_on_monday(email="josé@empresa.example")
    carry()
    state, why = end_of(person)
    assert state is InvitationState.FAILED
    assert "josé@empresa.example" in (why or "")
    assert ended(wave) is WaveState.FINISHED


def test_our_own_address_that_is_wrong_is_nobody_elses_fault(post: Mailbox, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    _, person, _ = one_on_monday()
    with monkeypatch.context() as wrong:
        wrong.setattr(app.extensions["closedloop_settings"], "mail_from", "josé@company.example")
        carry()
    assert invitation_of(person).state is InvitationState.QUEUED
    carry(LATE + timedelta(minutes=1))
    assert len(post.raw) == 1


def test_a_mail_that_was_tried_in_vain_has_failed_and_does_not_count_as_asked(post: Mailbox) -> None:
    _, person, wave = one_on_monday()
    address = invitation_of(person).address
    post.script[str(address)] = ["451 4.3.0 later"] * 12
    for day in range(40):
        carry(LATE + timedelta(days=day))
    assert db.session.scalars(sa.select(OutboxMessage.dead_at)).one() is not None
    state, why = end_of(person)
    assert (state, "later" in (why or "")) == (InvitationState.FAILED, True)
    assert ended(wave, days=41) is WaveState.FINISHED
    with clock.frozen(LATE + timedelta(days=42)):
        days = {"starts_on": clock.now().date(), "ends_on": clock.now().date() + timedelta(days=7)}
        assert start(draw_up(name="Again", **days)).asked


def test_a_mail_whose_time_is_over_is_not_waited_for(post: Mailbox) -> None:
    _, person, wave = one_on_monday()
    with clock.frozen(LATE), transaction():
        queue_due()
    assert ended(wave, days=90) is WaveState.FINISHED
    assert invitation_of(person).state is InvitationState.FAILED
    carry(LATE + timedelta(days=90))
    assert post.raw == []


def test_the_same_look_finds_it_when_nobody_swept_before(post: Mailbox) -> None:
    _, person, _ = one_on_monday()
    with clock.frozen(LATE), transaction():
        queue_due()
    carry(LATE + timedelta(days=91))
    assert (end_of(person)[0], post.raw) == (InvitationState.FAILED, [])


def _gaps(moments: list[datetime]) -> list[int]:
    days = sorted(at.date() for at in moments)
    return [(later - before).days for before, later in pairwise(days)]


def _moments() -> list[datetime]:
    db.session.rollback()
    return [
        at for at in db.session.scalars(sa.select(Invitation.send_at).where(Invitation.state == InvitationState.PLANNED)) if at
    ]


def test_a_wave_that_goes_on_keeps_the_gap_between_two_people_of_an_account(post: Mailbox) -> None:
    account = make_account()
    for _ in range(6):
        ask(account)
    wave = draw_up(account_gap_days=2, ends_on=(MONDAY + timedelta(days=14)).date())
    start(wave)
    with clock.frozen(MONDAY + timedelta(minutes=1)), transaction():
        service.move_wave(wave, WaveState.PAUSED, actor=ACTOR)
    again = datetime(2026, 12, 24, 16, 30, tzinfo=UTC)
    with clock.frozen(again), transaction():
        service.move_wave(wave, WaveState.RUNNING, actor=ACTOR)
    moments = _moments()
    assert len(moments) == 6
    assert min(moments) >= again
    assert min(_gaps(moments)) >= 2
    assert db.session.get_one(Wave, wave).ends_on >= max(moments).date()


def test_who_cannot_be_placed_any_more_is_skipped_with_the_reason(post: Mailbox) -> None:
    account = make_account()
    people = [ask(account) for _ in range(3)]
    wave = draw_up(account_gap_days=300, ends_on=(MONDAY + timedelta(days=360)).date())
    with transaction() as session:
        session.execute(sa.update(Wave).values(account_gap_days=5))
    start(wave)
    with clock.frozen(MONDAY + timedelta(minutes=1)), transaction():
        service.move_wave(wave, WaveState.PAUSED, actor=ACTOR)
    with transaction() as session:
        session.execute(sa.update(Wave).values(account_gap_days=300))
    with clock.frozen(MONDAY + timedelta(days=2)), transaction():
        service.move_wave(wave, WaveState.RUNNING, actor=ACTOR)
    assert [invitation_of(one).skip_reason for one in people] == [None, None, SkipReason.NO_ROOM]


def test_going_on_is_one_statement_for_everybody(post: Mailbox) -> None:
    for _ in range(25):
        ask(make_account())
    wave = draw_up()
    start(wave)
    with clock.frozen(MONDAY + timedelta(minutes=1)), transaction():
        service.move_wave(wave, WaveState.PAUSED, actor=ACTOR)
    updates: list[bool] = []

    def note(*seen: object) -> None:
        if str(seen[2]).startswith("UPDATE invitation"):
            updates.append(bool(seen[5]))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    with clock.frozen(MONDAY + timedelta(days=8)), transaction():
        service.move_wave(wave, WaveState.RUNNING, actor=ACTOR)
    sa.event.remove(db.engine, "before_cursor_execute", note)
    assert updates == [True]
    assert min(_moments()) >= MONDAY + timedelta(days=8)


def test_a_report_that_comes_again_does_not_reach_the_new_address(post: Mailbox) -> None:
    _, person, _ = one_on_monday(email="old@customer.example")
    carry()
    first = invitation_of(person).id
    with transaction():
        record_failure(first, 0, Verdict.DEAD, "5.1.1")
    assert invitation_of(person).state is InvitationState.BOUNCED
    with transaction() as session:
        session.execute(sa.update(Contact).values(email="new@customer.example"))
    with clock.frozen(LATE):
        second = draw_up(name="Again")
        start(second)
        with transaction():
            record_failure(first, 0, Verdict.DEAD, "5.1.1")
    states = db.session.scalars(sa.select(Invitation.state).where(Invitation.wave_id == second)).all()
    assert states == [InvitationState.PLANNED]


def test_a_late_report_about_an_old_address_does_not_reach_the_new_one(post: Mailbox) -> None:
    _, person, _ = one_on_monday(email="old@customer.example")
    programs(quarantine_days=0)
    carry()
    first = invitation_of(person).id
    with transaction() as session:
        session.execute(sa.update(Contact).values(email="new@customer.example"))
    with clock.frozen(LATE + timedelta(days=2)):
        second = draw_up(name="Again", starts_on=(MONDAY + timedelta(days=3)).date())
        assert start(second).asked
        with transaction():
            record_failure(first, 0, Verdict.DEAD, "5.1.1")
    states = db.session.scalars(sa.select(Invitation.state).where(Invitation.wave_id == second)).all()
    assert states == [InvitationState.PLANNED]


def test_a_complaint_is_heard_after_a_refusal_too(post: Mailbox) -> None:
    _, person, _ = one_on_monday()
    carry()
    for verdict in (Verdict.REFUSED, Verdict.COMPLAINT):
        with transaction():
            record_failure(invitation_of(person).id, 0, verdict, "")
    assert db.session.scalars(sa.select(SurveyMail.bounce)).one() == "complaint"
    with clock.frozen(LATE + timedelta(days=200)):
        days = {"starts_on": clock.now().date(), "ends_on": clock.now().date() + timedelta(days=7)}
        with pytest.raises(RuleViolation, match="would ask nobody"):
            start(draw_up(name="Again", **days))


def test_a_mail_is_left_to_its_connection_for_as_long_as_the_slowest_server_takes(app: Flask) -> None:
    assert app.extensions["closedloop_settings"].mail_lease_seconds > smtp.LONGEST
