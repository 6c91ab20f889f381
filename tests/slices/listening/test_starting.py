"""A small wave is planned before the transaction that writes it; what happens in between is honoured."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from feedback.accounts.models import Account, AccountContact, Contact
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.listening import planning, service
from feedback.listening.models import Wave
from feedback.listening.rules.states import ExclusionReason, WaveState
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.permission.suppressions import suppress
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.uow import is_writing, transaction
from jobs import plan_waves
from tests.factories import insert, make_account
from tests.slices.listening.asking import ACTOR, ask, draw_up

Interleave = Callable[[Callable[[], None]], None]


@pytest.fixture
def meanwhile(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Interleave:
    """Have something committed right after each rehearsal that a start makes, before anything of it is written."""

    def interleave(happens: Callable[[], None]) -> None:
        whole = planning.rehearse

        def rehearse_then(*args: object) -> object:
            assert not is_writing()
            found = whole(*args)  # type: ignore[arg-type]
            happens()
            return found

        monkeypatch.setattr(planning, "rehearse", rehearse_then)

    return interleave


class Two:
    """Ana, whom something happens to, and Ben, whom nothing does."""

    def __init__(self) -> None:
        self.account, self.other = make_account(), make_account()
        self.ana, self.ben = ask(self.account), ask(self.other)
        self.wave = draw_up()

    def write(self, *statements: sa.Executable) -> Callable[[], None]:
        def happens() -> None:
            with transaction() as session:
                for statement in statements:
                    session.execute(statement)

        return happens

    def refuses(self) -> None:
        values = {"purpose": Purpose.FEEDBACK, "channel": Channel.EMAIL, "action": ConsentAction.OBJECTED, "recorded_by": ACTOR}
        at = clock.now()
        insert(ConsentEvent, contact_id=self.ana, occurred_at=at, recorded_at=at, **values)

    def unsubscribes(self) -> None:
        with transaction():
            suppress(SuppressionReason.UNSUBSCRIBED, actor=ACTOR, contact_id=self.ana)

    def bounces(self) -> None:
        with transaction():
            suppress(SuppressionReason.HARD_BOUNCE, actor=ACTOR, contact_id=self.ana)

    def is_taken_off(self) -> None:
        with transaction():
            service.take_off(self.wave, self.account, self.ana, ExclusionReason.OTHER, "Not now", actor=ACTOR)

    def rests(self) -> None:
        self.write(sa.update(Contact).where(Contact.id == self.ana).values(not_now_until=date(2027, 1, 1)))()

    def pauses(self) -> None:
        days = {"paused_from": date(2026, 1, 1), "paused_until": date(2027, 1, 1)}
        self.write(sa.update(Contact).where(Contact.id == self.ana).values(**days))()

    def leaves(self) -> None:
        of_ana = AccountContact.contact_id == self.ana
        self.write(sa.update(AccountContact).where(of_ana).values(left_at=clock.now()))()

    def loses_the_account(self) -> None:
        self.write(sa.update(Account).where(Account.id == self.account).values(status=AccountStatus.CLOSED))()

    def is_asked_elsewhere(self) -> None:
        survey, at = db.session.scalar(sa.select(SurveyProgram.id)), clock.now()
        sent = {"created_at": at, "sent_at": at, "expires_at": at + timedelta(days=60), "state": InvitationState.SENT}
        insert(Invitation, account_id=self.account, contact_id=self.ana, survey_id=survey, created_by="x", reminders=0, **sent)

    def outcome(self) -> dict[int, tuple[InvitationState, SkipReason | None]]:
        db.session.rollback()
        found = sa.select(Invitation.contact_id, Invitation.state, Invitation.skip_reason).where(Invitation.wave_id == self.wave)
        return {contact: (state, reason) for contact, state, reason in db.session.execute(found)}


@pytest.fixture
def two(now: datetime) -> Two:
    return Two()


STOPS = [
    (Two.refuses, SkipReason.REFUSED),
    (Two.unsubscribes, SkipReason.STOP_LIST),
    (Two.bounces, SkipReason.BOUNCED),
    (Two.is_taken_off, SkipReason.TAKEN_OFF),
    (Two.rests, SkipReason.NOT_NOW),
    (Two.pauses, SkipReason.NOT_NOW),
    (Two.leaves, SkipReason.LEFT_ROLE),
    (Two.loses_the_account, SkipReason.ACCOUNT_CLOSED),
    (Two.is_asked_elsewhere, SkipReason.QUARANTINE),
]


def _once(happens: Callable[[Two], None], two: Two) -> Callable[[], None]:
    done: list[bool] = []

    def once() -> None:
        if not done:
            done.append(True)
            happens(two)

    return once


@pytest.mark.parametrize(("happens", "reason"), STOPS)
def test_a_stop_between_rehearsal_and_start_is_honoured(
    two: Two, meanwhile: Interleave, happens: Callable[[Two], None], reason: SkipReason
) -> None:
    meanwhile(_once(happens, two))
    planning.start_wave(two.wave, actor=ACTOR)
    assert two.outcome() == {two.ana: (InvitationState.SKIPPED, reason), two.ben: (InvitationState.PLANNED, None)}


@pytest.mark.parametrize(("happens", "reason"), [stop for stop in STOPS if stop[1] is not SkipReason.TAKEN_OFF])
def test_and_by_the_job_that_plans_a_large_one(
    two: Two, meanwhile: Interleave, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Two], None], reason: SkipReason
) -> None:
    monkeypatch.setattr(planning, "AT_ONCE", 0)
    planning.start_wave(two.wave, actor=ACTOR)
    meanwhile(_once(happens, two))
    plan_waves.run()
    assert two.outcome() == {two.ana: (InvitationState.SKIPPED, reason), two.ben: (InvitationState.PLANNED, None)}


def test_a_new_address_is_the_one_written_to(two: Two, meanwhile: Interleave) -> None:
    meanwhile(two.write(sa.update(Contact).where(Contact.id == two.ana).values(email="new@customer.example")))
    planning.start_wave(two.wave, actor=ACTOR)
    db.session.rollback()
    assert db.session.scalar(sa.select(Invitation.address).where(Invitation.contact_id == two.ana)) == "new@customer.example"


def test_a_draft_that_was_changed_meanwhile_is_planned_anew(two: Two, meanwhile: Interleave) -> None:
    def changes(_: Two) -> None:
        with transaction():
            draft = service.draft_of(db.session.get_one(Wave, two.wave))
            days = {"starts_on": date(2026, 12, 7), "ends_on": date(2026, 12, 8)}
            service.change_wave(two.wave, service.replace(draft, **days), actor=ACTOR)

    meanwhile(_once(changes, two))
    planning.start_wave(two.wave, actor=ACTOR)
    db.session.rollback()
    days = {at.date() for at in db.session.scalars(sa.select(Invitation.send_at)) if at}
    assert days <= {date(2026, 12, 7), date(2026, 12, 8)}
    assert len(two.outcome()) == 2


def test_a_draft_that_is_changed_all_the_time_starts_all_the_same(
    two: Two, meanwhile: Interleave, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsals: list[int] = []

    def changes() -> None:
        rehearsals.append(1)
        with transaction():
            draft = service.draft_of(db.session.get_one(Wave, two.wave))
            service.change_wave(two.wave, service.replace(draft, per_day=len(rehearsals)), actor=ACTOR)

    whole = planning.rehearse
    meanwhile(changes)
    ahead = planning.rehearse
    monkeypatch.setattr(planning, "rehearse", lambda *args: whole(*args) if is_writing() else ahead(*args))
    planning.start_wave(two.wave, actor=ACTOR)
    assert len(rehearsals) == planning.TRIES
    assert len(two.outcome()) == 2


def test_where_nobody_is_left_it_stays_a_draft(two: Two, meanwhile: Interleave) -> None:
    def both_refuse() -> None:
        for contact in (two.ana, two.ben):
            with transaction():
                suppress(SuppressionReason.UNSUBSCRIBED, actor=ACTOR, contact_id=contact)

    meanwhile(both_refuse)
    with pytest.raises(RuleViolation, match="ask nobody"):
        planning.start_wave(two.wave, actor=ACTOR)
    db.session.rollback()
    wave = db.session.get_one(Wave, two.wave)
    assert (wave.state, wave.started_at, two.outcome()) == (WaveState.DRAFT, None, {})


def test_two_who_start_it_at_once_start_it_once(two: Two, meanwhile: Interleave) -> None:
    started: list[bool] = []

    def another_starts() -> None:
        if not started:
            started.append(True)
            planning.start_wave(two.wave, actor="user:2")

    meanwhile(another_starts)
    with pytest.raises(RuleViolation, match="before"):
        planning.start_wave(two.wave, actor=ACTOR)
    assert len(two.outcome()) == 2


def test_two_people_of_an_account_keep_their_distance_though_two_waves_start_at_once(two: Two, meanwhile: Interleave) -> None:
    colleague, waves = ask(two.account), []
    waves += [draw_up(audience={"roles": ["user"]}, account_gap_days=3)]
    with transaction() as session:
        session.execute(sa.update(AccountContact).where(AccountContact.contact_id == colleague).values(role="user"))

    def another_starts() -> None:
        if waves:
            planning.start_wave(waves.pop(), actor="user:2")

    with transaction() as session:
        draft = service.draft_of(session.get_one(Wave, two.wave))
        service.change_wave(two.wave, service.replace(draft, account_gap_days=3), actor=ACTOR)
    with transaction() as session:
        session.execute(sa.update(Wave).where(Wave.id == two.wave).values(audience={"roles": ["decision_maker"]}))
    meanwhile(another_starts)
    planning.start_wave(two.wave, actor=ACTOR)
    db.session.rollback()
    found = sa.select(Invitation.send_at).where(Invitation.account_id == two.account)
    first, second = sorted(at.date() for at in db.session.scalars(found) if at)
    assert second - first >= timedelta(days=3)
