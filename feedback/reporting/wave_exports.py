"""Files about waves: where everybody stands, and who was taken off by hand."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request

from feedback.access.auth import current_viewer, requires
from feedback.exporting.writer import CSV_TYPE, ExportFormat, export
from feedback.reporting.addresses import refuse_unknown
from feedback.reporting.changed_answers import ChangedAnswer, list_changed_answers
from feedback.reporting.defect_board import DEFAULT_PERIOD, PERIODS, BoardFilters, list_surveys
from feedback.reporting.honesty import TakenOff, honesty_board
from feedback.reporting.wave_board import PeopleFilter, WavePerson, every_person

blueprint = Blueprint("wave_exports", __name__)
_PEOPLE = (
    "account_id",
    "account",
    "contact_id",
    "contact",
    "role",
    "state",
    "reason",
    "send_at",
    "reminders",
    "answered_at",
)
_TAKEN_OFF = (
    "wave_id",
    "wave",
    "survey",
    "account_id",
    "account",
    "contact",
    "account_manager",
    "reason",
    "note",
    "prior_score",
    "had_open_issue",
    "would_have_been_asked",
    "wave_was_started",
    "by",
    "at",
)

_CHANGED = (
    "what",
    "response_id",
    "survey",
    "account_id",
    "account",
    "contact",
    "score_before",
    "score_after",
    "reason",
    "note",
    "by",
    "own_account",
    "at",
    "counted_again_at",
)


@blueprint.get("/app/waves/<int:wave_id>/people.csv")
@requires("survey.read")
def people_csv(wave_id: int) -> Response:
    """The people of a wave with the filter of its page: who gets what and when, who does not and why."""
    refuse_unknown(request.args, PeopleFilter.known())
    people = every_person(wave_id, PeopleFilter.named_by(request.args))
    return _file(f"wave-{wave_id}.csv", _PEOPLE, (_person(person) for person in people))


def _person(person: WavePerson) -> list[Any]:
    who = [person.account_id, person.account, person.contact_id, person.contact, person.role]
    return [*who, person.state, person.reason, person.at, person.reminders, person.answered_at]


@blueprint.get("/app/honesty.csv")
@requires("honesty.read")
def honesty_csv() -> Response:
    """The list of the page on honest programs."""
    board = honesty_board(current_viewer(), _filters())
    return _file("honesty.csv", _TAKEN_OFF, (_exclusion(person) for person in board.shown))


@blueprint.get("/app/honesty/answers.csv")
@requires("honesty.read")
def changed_answers_csv() -> Response:
    """Answers that staff corrected or took out of the figures, with the scores before and after."""
    filters = _filters()
    found = list_changed_answers(current_viewer(), filters.since, filters.survey)
    return _file("honesty-answers.csv", _CHANGED, (_changed(line) for line in found))


def _changed(line: ChangedAnswer) -> list[Any]:
    whose = [line.kind, line.response_id, line.survey, line.account_id, line.account, line.contact]
    why = [line.before, line.after, line.reason, line.note]
    return [*whose, *why, line.by, line.own_account, line.at, line.put_back_at]


def _filters() -> BoardFilters:
    refuse_unknown(request.args, {"period": PERIODS, "survey": [code for code, _name in list_surveys()]})
    return BoardFilters(period=request.args.get("period", DEFAULT_PERIOD), survey=request.args.get("survey", ""))


def _exclusion(person: TakenOff) -> list[Any]:
    where = [person.wave_id, person.wave, person.survey, person.account_id, person.account, person.contact, person.owner]
    before = [person.prior_score, person.had_open_issue, person.eligible, person.started]
    return [*where, person.reason, person.note, *before, person.by, person.at]


def _file(name: str, columns: tuple[str, ...], rows: Iterable[list[Any]]) -> Response:
    blocks = export(ExportFormat.CSV, columns, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(b"".join(blocks), content_type=CSV_TYPE, headers=headers)
