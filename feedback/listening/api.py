"""The API of waves."""

from collections.abc import Sequence
from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.extensions import db
from feedback.kernel.paging import decode_cursor, encode_cursor
from feedback.listening import queries, service
from feedback.listening.drafts import WaveDraft
from feedback.listening.loads import owner_loads
from feedback.listening.models import Wave
from feedback.listening.planning import start_wave
from feedback.listening.rehearsal import Place, Rehearsal, obstacle_of, other_languages, rehearse
from feedback.listening.rules.states import WaveState
from feedback.listening.schemas import (
    ExclusionIn,
    RehearsalArgs,
    RehearsalOut,
    WaveIn,
    WaveMoveIn,
    WaveOut,
)
from feedback.surveys.models import SurveyProgram
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, page_of

blueprint = Blueprint("waves", __name__, url_prefix="/api/v1/waves", description="Asking many people, planned and at a pace")


def _present(waves: Sequence[tuple[Wave, SurveyProgram]]) -> list[dict[str, Any]]:
    names = [column.name for column in Wave.__table__.columns]
    counts = queries.count_people([wave.id for wave, _ in waves])
    more = [{"survey": program.code, "states": counts[wave.id][0], "skipped": counts[wave.id][1]} for wave, program in waves]
    return [{name: getattr(wave, name) for name in names} | one for (wave, _), one in zip(waves, more, strict=True)]


def _show(wave_id: int) -> dict[str, Any]:
    wave = queries.get_wave(wave_id)
    [shown] = _present([(wave, db.session.get_one(SurveyProgram, wave.survey_id))])
    return shown


@blueprint.route("")
class Waves(MethodView):
    """All waves."""

    @requires("survey.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(WaveOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List waves, the newest first"""
        page = queries.list_waves(**args)
        return {"items": _present(page.items), "next_cursor": page.next_cursor}

    @requires("survey.write")
    @blueprint.arguments(WaveIn)
    @blueprint.response(201, WaveOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Draw up a wave

        Nobody is asked before it is started.
        """
        with transaction():
            return _show(service.create_wave(WaveDraft(**body), actor=current_viewer().actor))


@blueprint.route("/<int:wave_id>")
class OneWave(MethodView):
    """One wave."""

    @requires("survey.read")
    @blueprint.response(200, WaveOut)
    def get(self, wave_id: int) -> dict[str, Any]:
        """Show a wave"""
        return _show(wave_id)

    @requires("survey.write")
    @blueprint.arguments(WaveIn)
    @blueprint.response(200, WaveOut)
    def put(self, body: dict[str, Any], wave_id: int) -> dict[str, Any]:
        """Change a draft

        What was started stays as it is.
        """
        with transaction():
            service.change_wave(wave_id, WaveDraft(**body), actor=current_viewer().actor)
            return _show(wave_id)


@blueprint.route("/<int:wave_id>/rehearsal")
class WaveRehearsal(MethodView):
    """What a wave would do."""

    @requires("survey.read")
    @blueprint.arguments(RehearsalArgs, location="query")
    @blueprint.response(200, RehearsalOut)
    def get(self, args: dict[str, Any], wave_id: int) -> dict[str, Any]:
        """Rehearse a wave

        Who gets what and when, who does not and why, the answers to expect, and how many detractors each owner would have to call
        back on each day; who is asked in another language than their own; and what keeps it from being started.
        Nothing is written.
        """
        wave = queries.get_wave(wave_id)
        program = db.session.get_one(SurveyProgram, wave.survey_id)
        rehearsal = rehearse(wave, program)
        languages = [
            {"language": own, "asked_in": other, "people": people}
            for (own, other), people in sorted(other_languages(rehearsal, program).items())
        ]
        obstacle = obstacle_of(wave, program) if wave.state is WaveState.DRAFT else None
        return _rehearsed(rehearsal, args) | {"other_languages": languages, "obstacle": obstacle}


def _start(cursor: str | None) -> int:
    start = decode_cursor(cursor, size=1)[0] if cursor else 0
    return start if isinstance(start, int) and start > 0 else 0


def _rehearsed(rehearsal: Rehearsal, args: dict[str, Any]) -> dict[str, Any]:
    reason, start, size = args["reason"], _start(args["cursor"]), args["limit"]
    limit = rehearsal.basis.pace.callbacks_per_owner_day
    chosen = [place for place in rehearsal.places if reason is None or place.planned.reason is reason]
    return {
        "people": len(rehearsal.places),
        "asked": len(rehearsal.asked),
        "skipped": rehearsal.skipped,
        "expected_answers": round(rehearsal.expected_answers, 1),
        "days": [{"day": day, "mails": mails} for day, mails in rehearsal.per_day.items()],
        "callbacks": [
            {
                "owner_id": load.owner_id,
                "owner": load.owner,
                "day": day,
                "expected": round(expected, 2),
                "capacity": load.capacity,
                "over": load.is_over(day),
            }
            for load in owner_loads(rehearsal, limit)
            for day, expected in load.by_day.items()
        ],
        "items": [_person(place) for place in chosen[start : start + size]],
        "next_cursor": encode_cursor(start + size) if start + size < len(chosen) else None,
    }


def _person(place: Place) -> dict[str, Any]:
    person, planned = place.listed.person, place.planned
    return {
        "account_id": person.account_id,
        "account": place.listed.account,
        "contact_id": person.contact_id,
        "contact": place.listed.contact,
        "role": person.role,
        "send_at": planned.send_at,
        "reason": planned.reason,
    }


@blueprint.route("/<int:wave_id>/transitions")
class WaveMoves(MethodView):
    """Starting, pausing, ending."""

    @requires("survey.write")
    @blueprint.arguments(WaveMoveIn)
    @blueprint.response(200, WaveOut)
    def post(self, body: dict[str, Any], wave_id: int) -> dict[str, Any]:
        """Start, pause, resume or cancel a wave

        A large wave is `planning` after its start, until a job has planned it.
        """
        actor = current_viewer().actor
        if body["to"] is WaveState.RUNNING and queries.get_wave(wave_id).state is WaveState.DRAFT:
            start_wave(wave_id, actor=actor)
        else:
            with transaction():
                service.move_wave(wave_id, body["to"], actor=actor)
        return _show(wave_id)


@blueprint.route("/<int:wave_id>/exclusions")
class WaveExclusions(MethodView):
    """People taken off by hand."""

    @requires("survey.write")
    @blueprint.arguments(ExclusionIn)
    @blueprint.response(200, WaveOut)
    def post(self, body: dict[str, Any], wave_id: int) -> dict[str, Any]:
        """Take a person off a wave

        The reason, and what this person said last, stand in the report on honest programs.
        """
        with transaction():
            service.take_off(wave_id, **body, actor=current_viewer().actor)
            return _show(wave_id)
