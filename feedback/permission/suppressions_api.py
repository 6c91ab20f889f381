"""/api/v1/suppressions: who gets no surveys, no offers or neither."""

from typing import Any

import sqlalchemy as sa
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields

from feedback.access.auth import check_may, current_viewer, requires
from feedback.accounts.models import Account, Contact
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.kernel.paging import decode_cursor, encode_cursor
from feedback.permission import suppressions
from feedback.permission.models import Suppression
from feedback.permission.rules import Channel, Coverage, SuppressionReason
from feedback.permission.suppressions import Reach
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Id, Instant, PageArgs, QueryId, Schema, Text, page_of

blueprint = Blueprint("suppressions", __name__, url_prefix="/api/v1/suppressions", description="Stop lists")


class SuppressionIn(Schema):
    """An entry: a person, an account or an address, and what is kept from them."""

    contact_id = Id(load_default=None, allow_none=True)
    account_id = Id(load_default=None, allow_none=True)
    address = Text(
        load_default=None, allow_none=True, metadata={"description": "ana@example.com, or @example.com for all there."}
    )
    channel = fields.Enum(Channel, by_value=True, load_default=None, allow_none=True)
    covers = fields.Enum(Coverage, by_value=True, required=True)
    reason = fields.Enum(SuppressionReason, by_value=True, required=True)
    until = Instant(format="iso", load_default=None, allow_none=True)
    note = Text(load_default=None, allow_none=True, limit=LONG_TEXT)


class SuppressionOut(Schema):
    """An entry of the stop list."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    account_id = fields.Integer(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    channel = fields.Enum(Channel, by_value=True, required=True, allow_none=True)
    covers = fields.Enum(Coverage, by_value=True, required=True)
    reason = fields.Enum(SuppressionReason, by_value=True, required=True)
    note = fields.String(required=True, allow_none=True)
    until = fields.DateTime(format="iso", required=True, allow_none=True)
    created_by = fields.String(required=True)
    created_at = fields.DateTime(format="iso", required=True)
    lifted_by = fields.String(required=True, allow_none=True)
    lifted_at = fields.DateTime(format="iso", required=True, allow_none=True)


class SuppressionArgs(PageArgs):
    """Query of the list."""

    covers = fields.Enum(Coverage, by_value=True, load_default=None)
    contact_id = QueryId(load_default=None)


@blueprint.route("")
class Suppressions(MethodView):
    """The list."""

    @requires("suppression.read")
    @blueprint.arguments(SuppressionArgs, location="query")
    @blueprint.response(200, page_of(SuppressionOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Entries, the newest first, also those that were lifted"""
        wanted = sa.select(Suppression).order_by(Suppression.id.desc())
        for name in ("covers", "contact_id"):
            if query[name] is not None:
                wanted = wanted.where(getattr(Suppression, name) == query[name])
        if query["cursor"]:
            wanted = wanted.where(Suppression.id < decode_cursor(query["cursor"], size=1)[0])
        found = db.session.scalars(wanted.limit(query["limit"] + 1)).all()
        page = found[: query["limit"]]
        return {"items": page, "next_cursor": encode_cursor(page[-1].id) if len(found) > len(page) else None}

    @requires("suppression.write")
    @blueprint.arguments(SuppressionIn)
    @blueprint.response(201, SuppressionOut)
    def post(self, body: dict[str, Any]) -> Suppression:
        """Put a person, an account or an address on the list"""
        viewer = current_viewer()
        if body["covers"] is not Coverage.SURVEYS:
            check_may(viewer, "suppression.offers")
        with transaction():
            _check_named(body)
            reach = Reach(**{name: body[name] for name in ("contact_id", "account_id", "address", "channel", "covers", "until")})
            entry = suppressions.add_entry(body["reason"], reach, actor=viewer.actor, note=body["note"])
            return db.session.get_one(Suppression, entry)


@blueprint.route("/<int:suppression_id>")
class OneSuppression(MethodView):
    """An entry."""

    @requires("suppression.write")
    @blueprint.response(200, SuppressionOut)
    def delete(self, suppression_id: int) -> Suppression:
        """Take an entry off the list; it stays on record"""
        viewer = current_viewer()
        with transaction():
            entry = db.session.get(Suppression, suppression_id)
            if entry is None:
                raise NotFound
            if entry.covers is not Coverage.SURVEYS:
                check_may(viewer, "suppression.offers")
            suppressions.lift(suppression_id, actor=viewer.actor)
            db.session.refresh(entry)
            return entry


def _check_named(body: dict[str, Any]) -> None:
    """Whoever is named exists."""
    for name, model in (("account_id", Account), ("contact_id", Contact)):
        if body[name] is not None and db.session.get(model, body[name]) is None:
            raise InvalidInput({name: [_("There is nobody with this number.")]})
