"""From the start of a wave to its plan: one invitation per person, with a moment or a reason. Small waves are planned at once.

The plan is worked out before the transaction that writes it: nobody who writes waits for it. What happened to its people
meanwhile is looked at again when they are written.

A large one is `planning` while a job works out and writes the plan, piece by piece; nobody is mailed before it runs. Whoever
takes the work up raises the wave's `attempt`, and writes only as long as that number is theirs: of two at work, or after a stop
in the middle, one plan comes out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.bulk import insert_columns
from feedback.kernel.errors import Conflict, RuleViolation
from feedback.listening import queries
from feedback.listening.audience import Audience, size_of
from feedback.listening.drafts import WaveDraft, draft_of
from feedback.listening.models import Wave
from feedback.listening.news import tell_managers
from feedback.listening.rehearsal import Place, Rehearsal, as_of_now, is_current, obstacle_of, rehearse
from feedback.listening.rules.states import WaveState
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.programs import latest_version_id
from feedback.surveys.rules import InvitationState
from feedback.surveys.tokens import make_nonce, token_digest, token_of
from feedback.uow import end_reading, transaction

TRIES = 3  # to start a small wave with a plan that was made before the transaction
AT_ONCE = 1000  # people that are planned while the one who starts the wave waits
PIECE = 1000
ITSELF = "system"  # who starts the waves of a program that starts them by itself


def start_wave(wave_id: int, *, actor: str, seen: WaveDraft | None = None) -> None:
    """Start it: a small wave runs when this returns, a large one is `planning`. Opens its own transactions.

    Inside another one (a request with an Idempotency-Key) it is worked out there, while who writes waits.

    Args:
        seen: the draft whose rehearsal whoever starts it saw; mails cannot be called back.

    Raises:
        NotFound: there is no such wave.
        Conflict: the draft is no more as it was seen.
        RuleViolation: it was started before, it would ask nobody, its last day is over, or its survey is switched off.
    """
    for tries_left in range(TRIES, -1, -1):
        ahead = _rehearse_ahead(wave_id) if tries_left else None
        with transaction():
            wave, program = _startable(wave_id)
            if seen is not None and seen != draft_of(wave):
                raise Conflict(_("The plan was changed since this rehearsal was shown: load the page again and look at it."))
            people = _size(wave)
            if people > AT_ONCE:
                _mark_started(wave, actor)
                wave.state, wave.people = WaveState.PLANNING, people
                db.session.flush()
                return
            if not tries_left:  # the draft is changed again and again: now nobody can
                ahead = rehearse(wave, program)
            if ahead is not None and (not tries_left or is_current(ahead, wave, program)):
                _start_at_once(wave, as_of_now(ahead, wave), actor)
                return


def _rehearse_ahead(wave_id: int) -> Rehearsal | None:
    """The plan of a small draft, before anything is locked."""
    wave = queries.get_wave(wave_id)
    small = wave.state is WaveState.DRAFT and _size(wave) <= AT_ONCE
    return rehearse(wave, db.session.get_one(SurveyProgram, wave.survey_id)) if small else None


def _startable(wave_id: int) -> tuple[Wave, SurveyProgram]:
    wave = locked_wave(wave_id)
    program = db.session.get_one(SurveyProgram, wave.survey_id)
    if wave.state is not WaveState.DRAFT:
        raise RuleViolation(_("This wave was started before."))
    obstacle = obstacle_of(wave, program)
    if obstacle is not None:
        raise RuleViolation(obstacle)
    return wave, program


def _size(wave: Wave) -> int:
    return size_of(Audience.from_json(wave.audience), now=clock.now()).people


def _mark_started(wave: Wave, actor: str) -> None:
    wave.version_id = latest_version_id(wave.survey_id)
    wave.started_by, wave.started_at = actor, clock.now()


def _start_at_once(wave: Wave, rehearsal: Rehearsal, actor: str) -> None:
    if not rehearsal.asked:
        raise RuleViolation(_("This wave would ask nobody. The rehearsal shows why each person is left out."))
    _mark_started(wave, actor)
    _insert(_Plan.of(wave, rehearsal), rehearsal.places)
    _run(wave, rehearsal)


def locked_wave(wave_id: int) -> Wave:
    """The wave as it is now, held until the end of the transaction.

    Raises:
        NotFound: there is no such wave.
    """
    queries.get_wave(wave_id)
    return db.session.get_one(Wave, wave_id, with_for_update=True, populate_existing=True)


def plan_started_waves() -> int:
    """Plan every wave that is `planning`; answers how many run now. Opens its own transactions."""
    waiting = sa.select(Wave.id).where(Wave.state == WaveState.PLANNING).order_by(Wave.id)
    return sum(_plan_wave(wave_id) for wave_id in db.session.scalars(waiting).all())


def _plan_wave(wave_id: int) -> bool:
    with transaction() as session:
        wave = locked_wave(wave_id)
        if wave.state is not WaveState.PLANNING:
            return False
        wave.attempt += 1
        attempt = wave.attempt
        session.execute(sa.delete(Invitation).where(Invitation.wave_id == wave_id))  # of an attempt that stopped half-way
    wave = queries.get_wave(wave_id)
    rehearsal = rehearse(wave, db.session.get_one(SurveyProgram, wave.survey_id))
    plan = _Plan.of(wave, rehearsal)
    end_reading()
    if not rehearsal.asked:
        return _give_back(wave_id, attempt)
    written: list[Place] = []
    for start in range(0, len(rehearsal.places), PIECE):
        with transaction():
            mine = _still_mine(wave_id, attempt)
            if mine is None:
                return False
            mine.people = len(rehearsal.places)
            piece = as_of_now(rehearsal, mine, rehearsal.places[start : start + PIECE]).places
            _insert(plan, piece)
        written += piece
    with transaction():
        mine = _still_mine(wave_id, attempt)
        if mine is not None:
            _run(mine, replace(rehearsal, places=written))
    return mine is not None


def _still_mine(wave_id: int, attempt: int) -> Wave | None:
    wave = locked_wave(wave_id)
    return wave if wave.state is WaveState.PLANNING and wave.attempt == attempt else None


def _run(wave: Wave, rehearsal: Rehearsal) -> None:
    wave.state, wave.people, wave.expected_answers = WaveState.RUNNING, len(rehearsal.places), rehearsal.expected_answers
    db.session.flush()
    actor = wave.started_by or "system"
    audit.record(actor, "wave.started", "wave", wave.id, asked=len(rehearsal.asked), people=len(rehearsal.places))


def _give_back(wave_id: int, attempt: int) -> bool:
    """It would ask nobody: a draft again, and its people hear of it."""
    with transaction():
        wave = _still_mine(wave_id, attempt)
        if wave is not None:
            pressed = f":{attempt}" if wave.started_by != ITSELF else ""  # who presses the button again wants to know again
            wave.state, wave.started_by, wave.started_at = WaveState.DRAFT, None, None
            tell_managers("wave_asks_nobody", f"wave-asks-nobody:{wave_id}{pressed}", wave)
    return False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all invitations of a wave have in common."""

    same: dict[str, Any]
    at: datetime
    secret: str
    valid: timedelta

    @classmethod
    def of(cls, wave: Wave, rehearsal: Rehearsal) -> "_Plan":
        settings = current_app.extensions["closedloop_settings"]
        same = {
            "survey_id": wave.survey_id,
            "version_id": wave.version_id,
            "wave_id": wave.id,
            "created_by": wave.started_by,
            "created_at": rehearsal.rehearsed_at,
            "reminders": 0,
        }
        secret, valid = settings.secret_key.get_secret_value(), timedelta(days=settings.invitation_valid_days)
        return cls(same, rehearsal.rehearsed_at, secret, valid)

    def row(self, place: Place) -> dict[str, Any]:
        """The invitation of one person."""
        person, send_at = place.listed.person, place.planned.send_at
        nonce = make_nonce() if send_at else None
        return {
            "account_id": person.account_id,
            "contact_id": person.contact_id,
            "state": InvitationState.PLANNED if send_at else InvitationState.SKIPPED,
            "skip_reason": place.planned.reason,
            "nonce": nonce,
            "token_digest": token_digest(token_of(self.secret, nonce)) if nonce else None,
            "address": person.address if send_at else None,
            "language": place.listed.language,
            "send_at": send_at,
            "expires_at": (send_at or self.at) + self.valid,
        }


def _insert(plan: _Plan, places: Sequence[Place]) -> None:
    """Write the invitations of people who still exist: somebody may have been erased since the rehearsal."""
    there = queries.existing_roles([(place.listed.person.account_id, place.listed.person.contact_id) for place in places])
    rows = [plan.row(place) for place in places if (place.listed.person.account_id, place.listed.person.contact_id) in there]
    if not rows:
        return
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    table: sa.Table = Invitation.__table__  # type: ignore[assignment]
    insert_columns(db.session(), table, columns | {name: [value] * len(rows) for name, value in plan.same.items()})
