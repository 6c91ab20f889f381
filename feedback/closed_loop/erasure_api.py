"""The API of erasures: what one would do, doing it, and the receipts."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.accounts.queries import access_contact
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop import erasure
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Instant, Schema

PERMISSION = "person.erase"
blueprint = Blueprint("erasures", __name__, url_prefix="/api/v1", description="People who are erased")


def _counts() -> fields.Dict:
    about = "How much of what, by name: comments removed, scores kept, links that die …"
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": about})


class ErasureIn(Schema):
    """Why somebody is erased."""

    reason = fields.Enum(ErasureReason, by_value=True, required=True)


class ErasurePreviewOut(Schema):
    """What an erasure would do."""

    contact_id = fields.Integer(required=True)
    counts = _counts()
    erased_at = Instant(required=True, allow_none=True, metadata={"description": "Set when it was done before."})


class ErasureOut(Schema):
    """The receipt; it says nothing about whom."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    reason = fields.Enum(ErasureReason, by_value=True, required=True)
    counts = _counts()
    erased_by = fields.String(required=True)
    erased_at = Instant(required=True)
    files_cleaned_at = Instant(
        required=True, allow_none=True, metadata={"description": "From then on the database's files hold nothing of it."}
    )
    met_again = fields.Integer(required=True, metadata={"description": "How often a source handed the person in again."})
    last_met_at = Instant(required=True, allow_none=True)


class ErasuresOut(Schema):
    """The newest 200."""

    items = fields.List(fields.Nested(ErasureOut), required=True)


@blueprint.route("/contacts/<int:contact_id>/erasure")
class ContactErasure(MethodView):
    """The erasure of one contact."""

    @requires(PERMISSION)
    @blueprint.response(200, ErasurePreviewOut)
    def get(self, contact_id: int) -> erasure.Preview:
        """See what an erasure would do; nothing is changed"""
        access_contact(contact_id, viewer=current_viewer(), permission=PERMISSION)
        return erasure.preview_erasure(contact_id)

    @requires(PERMISSION)
    @blueprint.arguments(ErasureIn)
    @blueprint.response(201, ErasureOut)
    def post(self, body: dict[str, Any], contact_id: int) -> erasure.Receipt:
        """Erase a person

        Scores and what they cite stay, without words, name, address and links: figures of the past do not change. There is no
        way back. The person's ids and addresses are kept as digests, so that no source brings them back unnoticed. A job clears
        the database's files within minutes. Nobody can promise that a text which names the person by a nickname or misspelt is
        found.
        """
        viewer = current_viewer()
        with transaction():
            access_contact(contact_id, viewer=viewer, permission=PERMISSION)
            receipt = erasure.erase_person(contact_id, body["reason"], actor=viewer.actor)
        return erasure.get_receipt(receipt)


@blueprint.route("/erasures")
class Erasures(MethodView):
    """Who was erased, without saying who."""

    @requires(PERMISSION)
    @blueprint.response(200, ErasuresOut)
    def get(self) -> dict[str, Any]:
        """List erasures, the newest first"""
        return {"items": erasure.list_receipts()}
