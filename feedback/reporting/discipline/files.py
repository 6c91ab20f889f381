"""The list of sales contacts that the gate had not allowed, for a spreadsheet."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from feedback.access.auth import current_viewer, requires
from feedback.exporting.writer import CSV_TYPE, ExportFormat, export
from feedback.gate.contacts.queries import READ
from feedback.kernel import clock
from feedback.reporting.addresses import refuse_unknown
from feedback.reporting.discipline.board import NotAllowed, not_allowed
from feedback.reporting.discipline.reads import Period
from feedback.reporting.discipline.rules import Consequence

blueprint = Blueprint("discipline_files", __name__)
PERIODS = {"30": 30, "90": 90, "365": 365, "all": None}
USUAL = "90"
_COLUMNS = (
    *(
        "id",
        "at",
        "account_id",
        "account",
        "contact_id",
        "contact",
        "by",
        "team",
        "source",
        "channel",
        "outcome",
        "gate_had_said",
    ),
    *("play", "decision_id", "complaint_at", "opt_out_at", "loss_at", "days_left"),
)


def period_named(name: str | None) -> Period:
    """The period that an address names; the usual one for anything else."""
    days = PERIODS.get(name or USUAL, PERIODS[USUAL])
    return Period(clock.now() - timedelta(days=days) if days else None)


@blueprint.get("/app/selling-discipline.csv")
@requires(READ)
def discipline_csv() -> Response:
    """Sales contacts without or against a decision, with what followed."""
    refuse_unknown(request.args, {"period": PERIODS})
    found = not_allowed(current_viewer(), period_named(request.args.get("period")))
    blocks = export(ExportFormat.CSV, _COLUMNS, (_row(one) for one in found))
    headers = {"Content-Disposition": 'attachment; filename="selling-discipline.csv"'}
    return Response(b"".join(blocks), content_type=CSV_TYPE, headers=headers)


def _row(one: NotAllowed) -> list[Any]:
    days = {sign.kind: sign.at for sign in one.followed.signs}
    whom = [one.id, one.occurred_at, one.account_id, one.account, one.contact_id, one.contact, one.user, one.team]
    what = [one.source, one.channel, one.outcome, one.matched, one.play, one.decision_id]
    return [*whom, *what, *(days.get(kind) for kind in Consequence), one.followed.open]
