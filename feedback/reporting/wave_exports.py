"""Files about waves: where everybody stands, and who was taken off by hand."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request

from feedback.access.auth import current_viewer, requires
from feedback.exporting.writer import CSV_TYPE, ExportFormat, export
from feedback.reporting.addresses import refuse_unknown
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
    "by",
    "at",
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
    refuse_unknown(request.args, {"period": PERIODS, "survey": [code for code, _name in list_surveys()]})
    period, survey = request.args.get("period", DEFAULT_PERIOD), request.args.get("survey", "")
    board = honesty_board(current_viewer(), BoardFilters(period=period, survey=survey))
    return _file("honesty.csv", _TAKEN_OFF, (_exclusion(person) for person in board.shown))


def _exclusion(person: TakenOff) -> list[Any]:
    where = [person.wave_id, person.wave, person.survey, person.account_id, person.account, person.contact, person.owner]
    return [*where, person.reason, person.note, person.prior_score, person.had_open_issue, person.by, person.at]


def _file(name: str, columns: tuple[str, ...], rows: Iterable[list[Any]]) -> Response:
    blocks = export(ExportFormat.CSV, columns, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(b"".join(blocks), content_type=CSV_TYPE, headers=headers)
