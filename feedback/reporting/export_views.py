"""Files for a spreadsheet: what a page shows, with the same filters and the same scope."""

from typing import Any

from flask import Blueprint, Response, request

from feedback.access.auth import current_viewer, requires
from feedback.exporting.writer import CSV_TYPE, ExportFormat, export
from feedback.reporting.readiness import ReadinessFilters, ReadinessLine, readiness

blueprint = Blueprint("exports", __name__)
_READINESS = (
    "account_id",
    "account",
    "account_manager",
    "annual_revenue",
    "currency",
    "advocacy",
    "share_of_wallet",
    "share",
    "issues",
    "play",
    "stance",
    "why",
    "must_change",
)


@blueprint.get("/app/readiness.csv")
@requires("account.read")
def readiness_csv() -> Response:
    """The list of the readiness page."""
    report = readiness(current_viewer(), ReadinessFilters.named_by(request.args))
    blocks = export(ExportFormat.CSV, _READINESS, (_row(line, report.currency) for line in report.lines))
    headers = {"Content-Disposition": 'attachment; filename="readiness.csv"'}
    return Response(b"".join(blocks), content_type=CSV_TYPE, headers=headers)


def _row(line: ReadinessLine, currency: str) -> list[Any]:
    standing = line.standing
    reasons = " ".join(reason.text for reason in standing.reasons) if standing else ""
    changes = " ".join(change.text for change in standing.must_change) if standing else ""
    share = None if line.share is None else round(line.share, 4)
    account = [line.id, line.name, line.owner, line.revenue, currency, line.advocacy, line.share_of_wallet, share]
    return [*account, line.issues, line.play, line.stance, reasons, changes]
