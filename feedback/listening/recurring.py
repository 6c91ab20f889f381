"""Waves that come round: drawn up some days before their date like the last one, and started by somebody, or by themselves."""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.listening.drafts import ACCOUNT_GAP_DAYS, CALLBACKS_PER_OWNER_DAY
from feedback.listening.models import Wave
from feedback.listening.news import tell_managers
from feedback.listening.planning import ITSELF, locked_wave, start_wave
from feedback.listening.rules.recurrence import DueWave, due_wave
from feedback.listening.rules.states import QuarantineMode, WaveState
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import Cadence
from feedback.uow import transaction

USUAL_DAYS = 14


def due_program_ids() -> list[int]:
    """Programs that have a date coming."""
    due = (SurveyProgram.active, SurveyProgram.cadence != Cadence.NONE, SurveyProgram.next_wave_on.is_not(None))
    return list(db.session.scalars(sa.select(SurveyProgram.id).where(*due).order_by(SurveyProgram.id)))


def draw_up_next_wave(program_id: int) -> bool:
    """Draw up the wave of a date that is near, once; call inside `transaction()`.

    The program is held while its date moves on, and no two waves have one date: a second scheduler, or a run after a stop, finds
    nothing to do.
    """
    program = db.session.get_one(SurveyProgram, program_id, with_for_update=True, populate_existing=True)
    due = due_wave(program.cadence, program.next_wave_on, program.draft_days, clock.now().date())
    if due is None or not program.active:
        return False
    program.next_wave_on = due.next_on
    known = sa.select(Wave.id).where(Wave.survey_id == program_id, Wave.due_on == due.due_on)
    if db.session.scalar(known) is not None:  # somebody set the date back
        return False
    wave = Wave(**_like_the_last(program, due))
    db.session.add(wave)
    db.session.flush()
    audit.record(ITSELF, "wave.drawn_up", "wave", wave.id, survey=program.code, due_on=due.due_on.isoformat())
    by_itself = program.auto_start and db.session.scalar(sa.select(_follows_one(Wave)).where(Wave.id == wave.id))
    tell_managers("wave_starts_itself" if by_itself else "wave_drawn_up", f"wave-drawn-up:{wave.id}", wave)
    return True


def _follows_one(wave: Any) -> sa.ColumnElement[bool]:
    """Whether somebody had started a wave of this program when this one was drawn up: without one, nobody has ever said whom to
    ask, and the draft names everybody."""
    before = aliased(Wave)
    return sa.exists().where(
        before.survey_id == wave.survey_id,
        before.started_at <= wave.created_at,
        before.id != wave.id,
        sa.or_(before.state.not_in((WaveState.DRAFT, WaveState.CANCELLED)), before.ended_at > wave.created_at),
    )


def _like_the_last(program: SurveyProgram, due: DueWave) -> dict[str, Any]:
    last = db.session.scalars(
        sa.select(Wave)
        .where(Wave.survey_id == program.id, Wave.state != WaveState.CANCELLED)
        .order_by(Wave.starts_on.desc(), Wave.id.desc())
        .limit(1)
    ).one_or_none()
    lasts = last.ends_on - last.starts_on if last else timedelta(days=USUAL_DAYS - 1)
    return {
        "survey_id": program.id,
        "name": f"{program.name} {due.due_on:%Y-%m}",
        "state": WaveState.DRAFT,
        "audience": last.audience if last else {},
        "starts_on": due.starts_on,
        "ends_on": due.starts_on + lasts,
        "per_day": last.per_day if last else None,
        "account_gap_days": last.account_gap_days if last else ACCOUNT_GAP_DAYS,
        "callbacks_per_owner_day": last.callbacks_per_owner_day if last else CALLBACKS_PER_OWNER_DAY,
        "quarantine": last.quarantine if last else QuarantineMode.BLOCK,
        "created_by": ITSELF,
        "created_at": clock.now(),
        "due_on": due.due_on,
    }


def waves_to_start(today: date) -> list[int]:
    """Drafts of programs that start them by themselves, whose day has come and not passed; one that asked nobody is not tried
    again. The first wave of a program waits for somebody to start it."""
    on_its_day = (Wave.due_on.is_not(None), Wave.starts_on <= today, Wave.ends_on >= today)
    mine = (Wave.state == WaveState.DRAFT, *on_its_day, Wave.attempt == 0, _follows_one(Wave))
    query = sa.select(Wave.id).join(SurveyProgram, SurveyProgram.id == Wave.survey_id)
    return list(db.session.scalars(query.where(*mine, SurveyProgram.auto_start, SurveyProgram.active).order_by(Wave.id)))


def start_by_itself(wave_id: int) -> bool:
    """Start it; where that cannot be, its people hear of it once. Opens its own transactions."""
    try:
        start_wave(wave_id, actor=ITSELF)
    except RuleViolation:
        with transaction():
            tell_managers("wave_asks_nobody", f"wave-not-started:{wave_id}", locked_wave(wave_id))
        return False
    return True
