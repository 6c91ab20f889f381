"""/api/v1/consents/{id}/receipt, and the same as a page to print."""

from typing import Any

from flask import Blueprint as Pages
from flask import render_template
from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.accounts.queries import access_contact
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.permission.lookups import Looked, note_lookup
from feedback.permission.models import ConsentEvent
from feedback.permission.receipts import Receipt, receipt_of
from feedback.permission.schemas import ConsentEventOut
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Schema

blueprint = Blueprint("consent-receipts", __name__, url_prefix="/api/v1/consents", description="Receipts of what people said")
pages = Pages("consent_receipts", __name__)


class ReceiptOut(Schema):
    """A statement, what the person was shown, and a letter that says both in their language."""

    event = fields.Nested(ConsentEventOut, required=True)
    language = fields.String(required=True)
    notice_number = fields.Integer(required=True, allow_none=True)
    notice_text = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, metadata={"description": "Ready to be mailed."})


def _receipt(consent_id: int) -> Receipt:
    event = db.session.get(ConsentEvent, consent_id)
    if event is None:
        raise NotFound
    viewer = current_viewer()
    access_contact(event.contact_id, viewer=viewer, permission="consent.read")
    note_lookup(event.contact_id, Looked.RECEIPT, viewer)
    return receipt_of(event)


@blueprint.route("/<int:consent_id>/receipt")
class ConsentReceipt(MethodView):
    """The receipt."""

    @requires("consent.read")
    @blueprint.response(200, ReceiptOut)
    def get(self, consent_id: int) -> dict[str, Any]:
        """Who said what, when, and what they had been shown"""
        found = _receipt(consent_id)
        number, text = (found.notice.number, found.notice.text) if found.notice else (None, None)
        return {**vars(found), "notice_number": number, "notice_text": text}


@pages.get("/consents/<int:consent_id>/receipt")
@requires("consent.read")
def print_receipt(consent_id: int) -> str:
    """The receipt as a page to print or to paste into a mail."""
    return render_template("preferences/receipt.html", receipt=_receipt(consent_id))
