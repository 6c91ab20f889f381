"""Files for a spreadsheet: what a page shows, with the same filters and the same scope."""

from typing import Any

from flask import Blueprint, Response, request

from feedback.access.auth import current_viewer, requires
from feedback.exporting.writer import CSV_TYPE, ExportFormat, export
from feedback.reporting.addresses import refuse_unknown
from feedback.reporting.defect_board import BoardFilters, defect_board
from feedback.reporting.defect_rows import DefectRow
from feedback.reporting.readiness import ReadinessFilters, ReadinessLine, readiness

blueprint = Blueprint("exports", __name__)
_READINESS = (
    "account_id",
    "account",
    "account_manager",
    "annual_revenue",
    "currency",
    "comparable_revenue",
    "comparable_currency",
    "advocacy",
    "share_of_wallet",
    "share",
    "issues",
    "play",
    "stance",
    "call",
    "group",
    "why",
    "must_change",
)


@blueprint.get("/app/readiness.csv")
@requires("account.read")
def readiness_csv() -> Response:
    """The list of the readiness page."""
    viewer = current_viewer()
    refuse_unknown(request.args, ReadinessFilters.known(viewer))
    report = readiness(viewer, ReadinessFilters.named_by(request.args))
    blocks = export(ExportFormat.CSV, _READINESS, (_row(line, report.currency) for line in report.lines))
    headers = {"Content-Disposition": 'attachment; filename="readiness.csv"'}
    return Response(b"".join(blocks), content_type=CSV_TYPE, headers=headers)


def _row(line: ReadinessLine, currency: str) -> list[Any]:
    standing = line.standing
    reasons = " ".join(reason.text for reason in standing.reasons) if standing else ""
    changes = " ".join(change.text for change in standing.must_change) if standing else ""
    share = None if line.share is None else round(line.share, 4)
    comparable = (line.revenue, currency) if line.revenue else (None, None)
    revenue = (*(line.stated or (None, None)), *comparable)
    account = [line.id, line.name, line.owner, *revenue, line.advocacy, line.share_of_wallet, share]
    return [*account, line.issues, line.play, line.stance, line.call, line.group, reasons, changes]


_DEFECTS = (
    "rank",
    "defect",
    "name",
    "category",
    "points_lost",
    "points_lost_ci_low",
    "points_lost_ci_high",
    "base_frequency",
    "frequency",
    "n",
    "accounts",
    "correlation",
    "correlation_ci_low",
    "correlation_ci_high",
    "nps_gap",
    "points_lost_unadjusted",
    "revenue_affected",
    "q_value",
    "evidence",
    "provisional",
    "not_separable",
)


@blueprint.get("/app/defects.<any(csv, xlsx):kind>")
@requires("report.read")
def defects_file(kind: str) -> Response:
    """The ranking of the defects page."""
    refuse_unknown(request.args, BoardFilters.known())
    board = defect_board(current_viewer(), BoardFilters.apart(request.args))
    written = ExportFormat(kind)
    blocks = export(written, _DEFECTS, (_defect_row(row) for row in board.rows))
    headers = {"Content-Disposition": f'attachment; filename="defects.{kind}"'}
    return Response(b"".join(blocks), content_type=written.media_type, headers=headers)


def _defect_row(row: DefectRow) -> list[Any]:
    name = [row.rank, row.code, row.name, row.category, row.lost, row.lost_low, row.lost_high, row.base_frequency, row.frequency]
    figures = [row.n, row.accounts, row.correlation, row.correlation_low, row.correlation_high, row.gap, row.lost_unadjusted]
    return [*name, *figures, row.revenue, row.q_value, row.evidence, row.provisional, row.not_separable]
