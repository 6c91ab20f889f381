"""Starting small and large waves, going on after a pause, and the distance between people of one account."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from feedback.accounts.models import AccountContact, Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.listening import planning, service
from feedback.listening.audience import Audience, size_of
from feedback.listening.models import Wave
from feedback.listening.rules.states import WaveState
from feedback.outbox.models import OutboxMessage
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState, SurveyKind
from feedback.uow import transaction
from jobs import plan_waves
from tests.factories import insert, make_account, make_survey, make_user
from tests.slices.listening.asking import ACTOR, ask, draw_up, rehearsed, start

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def large(now: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    """A wave of six people that is planned by the job, in pieces of two."""
    monkeypatch.setattr(planning, "AT_ONCE", 3)
    monkeypatch.setattr(planning, "PIECE", 2)
    for _ in range(6):
        ask(make_account())
    return draw_up()


def _states() -> list[InvitationState]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Invitation.state)))


def _state(wave_id: int) -> WaveState:
    db.session.rollback()
    return db.session.get_one(Wave, wave_id).state


def test_a_large_wave_is_planned_by_the_job(large: int) -> None:
    start(large)
    assert _state(large) is WaveState.PLANNING
    assert _states() == []
    assert plan_waves.run() == "1 planned"
    assert _state(large) is WaveState.RUNNING
    assert _states() == [InvitationState.PLANNED] * 6
    assert db.session.get_one(Wave, large).people == 6
    assert plan_waves.run() is None


def test_it_cannot_be_started_twice_meanwhile(large: int) -> None:
    start(large)
    with pytest.raises(RuleViolation, match="before"):
        start(large)


def test_a_plan_that_stopped_in_the_middle_is_made_anew(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start(large)
    whole, pieces = planning._insert, []

    def stop_at_the_second(plan: planning._Plan, places: object) -> None:
        pieces.append(places)
        if len(pieces) == 2:
            raise KeyboardInterrupt
        whole(plan, places)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "_insert", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        plan_waves.run()
    assert len(_states()) == 2
    monkeypatch.setattr(planning, "_insert", whole)
    plan_waves.run()
    assert len(_states()) == 6


def test_of_two_that_plan_one_plan_comes_out(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start(large)
    whole = planning._insert

    def another_takes_over(plan: planning._Plan, places: object) -> None:
        monkeypatch.setattr(planning, "_insert", whole)
        whole(plan, places)  # type: ignore[arg-type]
        db.session.execute(sa.update(Wave).values(attempt=Wave.attempt + 1))

    monkeypatch.setattr(planning, "_insert", another_takes_over)
    assert plan_waves.run() is None
    assert plan_waves.run() == "1 planned"
    assert len(_states()) == 6


def test_who_is_erased_while_it_is_planned_breaks_nothing(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start(large)
    whole = planning.rehearse

    def erase_one(*args: object) -> object:
        found = whole(*args)  # type: ignore[arg-type]
        with transaction() as session:
            contact = session.scalars(sa.select(AccountContact.contact_id)).first()
            session.execute(sa.delete(AccountContact).where(AccountContact.contact_id == contact))
            session.execute(sa.delete(Contact).where(Contact.id == contact))
        return found

    monkeypatch.setattr(planning, "rehearse", erase_one)
    plan_waves.run()
    assert _state(large) is WaveState.RUNNING
    assert len(_states()) == 5


def test_a_large_wave_that_would_ask_nobody_is_a_draft_again(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "AT_ONCE", 0)
    make_user(role="experience_manager")
    ask(make_account(), consents=False)
    wave_id = draw_up()
    start(wave_id)
    plan_waves.run()
    assert _state(wave_id) is WaveState.DRAFT
    kinds = [payload["kind"] for payload in db.session.scalars(sa.select(OutboxMessage.payload))]
    assert kinds == ["wave_asks_nobody"]


def test_two_people_of_an_account_keep_their_distance_across_waves(now: datetime) -> None:
    account = make_account()
    ask(account)
    start(draw_up(account_gap_days=5))
    other = ask(account)
    make_survey("after_visit", SurveyKind.TRANSACTIONAL)
    plan = rehearsed(draw_up(survey="after_visit", account_gap_days=5))
    (place,) = plan.asked
    assert place.listed.person.contact_id == other
    assert place.planned.send_at is not None
    assert place.planned.send_at.date() == date(2026, 11, 30)  # five days after the 23rd is a Saturday


def test_after_a_pause_nobody_is_asked_at_the_pace_of_catching_up(now: datetime) -> None:
    for _ in range(4):
        ask(make_account())
    wave_id = draw_up(per_day=1)
    start(wave_id)
    with transaction():
        service.move_wave(wave_id, WaveState.PAUSED, actor=ACTOR)
    later = MONDAY + timedelta(days=21)
    with clock.frozen(later), transaction():
        service.move_wave(wave_id, WaveState.RUNNING, actor=ACTOR)
    db.session.rollback()
    days = sorted(at.date() for at in db.session.scalars(sa.select(Invitation.send_at)) if at)
    assert days == [later.date() + timedelta(days=number) for number in range(4)]


def test_a_short_pause_before_anything_was_due_moves_nothing(now: datetime) -> None:
    ask(make_account())
    wave_id = draw_up()
    planned = start(wave_id).asked[0].planned.send_at
    for state in (WaveState.PAUSED, WaveState.RUNNING):
        with transaction():
            service.move_wave(wave_id, state, actor=ACTOR)
    db.session.rollback()
    assert db.session.scalars(sa.select(Invitation.send_at)).all() == [planned]


def test_an_audience_counts_those_who_were_silent(now: datetime) -> None:
    account = make_account(country="ES", industry="Retail", external_id="ES-1")
    heard, _silent = ask(account), ask(account)
    make_account(country="PE")
    survey = make_survey("other")
    said = {"source": "test", "content_digest": "x", "score": 9, "channel": "web", "role": "user", "version": 1}
    at = {"responded_at": MONDAY - timedelta(days=30), "created_at": MONDAY}
    insert(Response, account_id=account, contact_id=heard, survey_id=survey, **said, **at)
    size = size_of(Audience(countries=("ES",), industries=("Retail",), accounts=("ES-1", "No"), not_heard_days=60), now=MONDAY)
    assert (size.people, size.accounts, size.unknown) == (1, 1, ("No",))
    assert size_of(Audience(countries=("ES",), not_heard_days=20), now=MONDAY).people == 2
