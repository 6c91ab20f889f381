"""The review pack to take along."""

import re
import unicodedata

from flask import Blueprint, Response

from feedback.access.auth import current_viewer, requires
from feedback.audit import service as audit
from feedback.reporting.review_pack import ReviewPack, review_pack
from feedback.reporting.review_pdf import review_pdf
from feedback.uow import transaction

blueprint = Blueprint("reviews", __name__)


@blueprint.get("/app/plans/<int:plan_id>/review.pdf")
@requires("plan.read")
def pdf(plan_id: int) -> Response:
    """The review pack of a plan as a PDF, in the viewer's language; who took it is on record."""
    viewer = current_viewer()
    pack = review_pack(plan_id, viewer)
    content = review_pdf(pack)
    with transaction():
        audit.record(viewer.actor, "plan.pack_taken", "account_plan", plan_id)
    headers = {"Content-Disposition": f'inline; filename="{file_name(pack)}"', "Cache-Control": "no-store"}
    return Response(content, content_type="application/pdf", headers=headers)


def file_name(pack: ReviewPack) -> str:
    """A plain name that every system takes."""
    plain = unicodedata.normalize("NFKD", pack.account).encode("ascii", "ignore").decode()
    return f"review-{re.sub(r'[^A-Za-z0-9]+', '-', plain).strip('-').lower() or pack.plan_id}.pdf"
