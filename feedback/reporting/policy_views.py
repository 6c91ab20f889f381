"""The accounts that a draft of the gate's policy would treat otherwise, as a file for a spreadsheet."""

from typing import Any

from flask import Blueprint, Response

from feedback.access.auth import requires
from feedback.exporting.writer import CSV_TYPE, ExportFormat, export
from feedback.gate.governing.queries import READ, draft_details
from feedback.kernel.errors import NotFound

blueprint = Blueprint("policy_views", __name__)
_COLUMNS = (
    "account_id",
    "account",
    "segment",
    "owner",
    "revenue",
    "outcome_before",
    "outcome_after",
    "play_before",
    "play_after",
    "offers_before",
    "offers_after",
)


@blueprint.get("/app/gate-policy/<int:draft_id>.csv")
@requires(READ)
def changed_accounts_csv(draft_id: int) -> Response:
    """The list of the draft's page, whole."""
    simulation: dict[str, Any] | None = draft_details(draft_id)["simulation"]
    if simulation is None:
        raise NotFound
    rows = ([*(line[name] for name in _COLUMNS), simulation["currency"]] for line in simulation["listed"])
    blocks = export(ExportFormat.CSV, (*_COLUMNS, "currency"), rows)
    headers = {"Content-Disposition": f'attachment; filename="policy-{draft_id}.csv"'}
    return Response(b"".join(blocks), content_type=CSV_TYPE, headers=headers)
