"""Waves that come round: once for each date, whoever looks, however late."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import planning
from feedback.listening.models import Wave
from feedback.listening.recurring import draw_up_next_wave
from feedback.listening.rules.recurrence import add_months, due_wave
from feedback.listening.rules.states import WaveState
from feedback.outbox.models import OutboxMessage
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import CADENCE_MONTHS, Cadence
from feedback.uow import transaction
from jobs import draw_up_waves, plan_waves
from tests.factories import make_account, make_user
from tests.slices.listening.asking import ask, draw_up

DUE = date(2026, 12, 7)


def _program(**values: object) -> int:
    with transaction() as session:
        program = session.scalars(sa.select(SurveyProgram)).one()
        for name, value in ({"cadence": Cadence.QUARTERLY, "next_wave_on": DUE} | values).items():
            setattr(program, name, value)
        return program.id


def _waves() -> list[Wave]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Wave).where(Wave.due_on.is_not(None)).order_by(Wave.id)))


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def test_the_next_wave_is_like_the_last_one(now: datetime) -> None:
    manager = make_user(Role.EXPERIENCE_MANAGER)
    draw_up(audience={"tiers": ["A"]}, per_day=7, account_gap_days=3)
    _program()
    for day in (22, 23, 24):
        with clock.frozen(_at(date(2026, 11, day))):
            draw_up_waves.run()
    (wave,) = _waves()
    assert (wave.starts_on, wave.ends_on, wave.audience) == (DUE, DUE + timedelta(days=11), {"tiers": ["A"]})
    assert (wave.per_day, wave.account_gap_days, wave.state) == (7, 3, WaveState.DRAFT)
    assert db.session.scalars(sa.select(SurveyProgram.next_wave_on)).one() == date(2027, 3, 7)
    (told,) = db.session.scalars(sa.select(OutboxMessage.payload))
    assert (told["user_id"], told["kind"]) == (manager, "wave_drawn_up")


def test_dates_that_were_missed_bring_one_wave(now: datetime) -> None:
    program = _program()
    with clock.frozen(_at(date(2027, 7, 1))), transaction():
        assert draw_up_next_wave(program)
        assert not draw_up_next_wave(program)
    (wave,) = _waves()
    assert (wave.due_on, wave.starts_on) == (date(2027, 6, 7), date(2027, 7, 1))


def test_a_date_that_is_set_back_brings_no_second_wave(now: datetime) -> None:
    program = _program()
    with clock.frozen(_at(DUE)), transaction():
        draw_up_next_wave(program)
    _program()  # somebody sets the date back
    with clock.frozen(_at(DUE)), transaction():
        assert not draw_up_next_wave(program)
    assert len(_waves()) == 1


def _started_before(**values: object) -> None:
    """A wave that somebody started; whoever it asked can be asked again."""
    before = draw_up(audience={"tiers": ["A", "B", "C"]})
    with transaction() as session:
        session.execute(sa.update(Wave).where(Wave.id == before).values(**_STARTED | values))


_STARTED = {"state": WaveState.FINISHED, "started_at": datetime(2026, 11, 20, tzinfo=UTC), "started_by": "user:1"}


@pytest.mark.parametrize(("auto", "state"), [(False, WaveState.DRAFT), (True, WaveState.RUNNING)])
def test_it_starts_by_itself_only_if_the_program_says_so(now: datetime, auto: bool, state: WaveState) -> None:
    ask(make_account())
    _started_before()
    _program(auto_start=auto)
    for day in (date(2026, 12, 1), DUE):
        with clock.frozen(_at(day)):
            draw_up_waves.run()
    (wave,) = _waves()
    assert wave.state is state


@pytest.mark.parametrize("before", [None, {"state": WaveState.DRAFT, "started_at": None}, {"state": WaveState.CANCELLED}])
def test_the_first_one_never_starts_by_itself(now: datetime, before: dict[str, object] | None) -> None:
    """Nobody has ever said whom to ask: it would be everybody."""
    make_user(Role.EXPERIENCE_MANAGER)
    ask(make_account())
    if before is not None:
        _started_before(**before)
    _program(auto_start=True)
    for day in (date(2026, 12, 1), DUE, DUE + timedelta(days=1)):
        with clock.frozen(_at(day)):
            draw_up_waves.run()
    (wave,) = _waves()
    assert wave.state is WaveState.DRAFT
    assert [payload["kind"] for payload in db.session.scalars(sa.select(OutboxMessage.payload))] == ["wave_drawn_up"]


@pytest.mark.parametrize("at_once", [1000, 0])
def test_one_that_would_ask_nobody_is_told_once(now: datetime, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "AT_ONCE", at_once)
    make_user(Role.EXPERIENCE_MANAGER)
    ask(make_account(), consents=False)
    _started_before()
    _program(auto_start=True)
    for hour in range(5):
        with clock.frozen(_at(DUE) + timedelta(hours=hour)):
            draw_up_waves.run()
            plan_waves.run()
    (wave,) = _waves()
    assert wave.state is WaveState.DRAFT
    kinds = [payload["kind"] for payload in db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id))]
    assert kinds == ["wave_starts_itself", "wave_asks_nobody"]


@given(
    st.sampled_from([cadence for cadence in Cadence if cadence is not Cadence.NONE]),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    st.integers(0, 90),
    st.dates(date(2025, 1, 1), date(2030, 1, 1)),
)
def test_whenever_somebody_looks_one_wave_is_due_and_none_lies_behind(
    cadence: Cadence, due: date, days: int, today: date
) -> None:
    found = due_wave(cadence, due, days, today)
    assert (found is None) == (due - timedelta(days=days) > today)
    assume(found is not None)
    assert found.starts_on >= today
    assert found.next_on > max(found.due_on, today) or found.due_on > today
    assert found.next_on > today
    assert (found.next_on.year * 12 + found.next_on.month - due.year * 12 - due.month) % CADENCE_MONTHS[cadence] == 0


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 5), 12, date(2027, 5, 5)),
    ],
)
def test_months_end_where_they_end(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
