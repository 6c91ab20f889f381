"""/api/v1/sales-contacts: who was approached to sell, and what the gate had said."""

from typing import Any

import sqlalchemy as sa
from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.gate.contacts import queries, service
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.queries import SalesContactFilter
from feedback.gate.contacts.schemas import SalesContactIn, SalesContactListArgs, SalesContactOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint("sales_contacts", __name__, url_prefix="/api/v1/sales-contacts", description="Whom we approached to sell.")
_COLUMNS = [column.key for column in SalesContact.__table__.columns]


def _shown(row: sa.Row[Any]) -> dict[str, Any]:
    values = {name: getattr(row[0], name) for name in _COLUMNS}
    return values | {"account": row.account, "contact": row.contact, "user": row.user}


@blueprint.route("")
class SalesContacts(MethodView):
    """The log."""

    @requires(queries.READ)
    @blueprint.arguments(SalesContactListArgs, location="query")
    @blueprint.response(200, page_of(SalesContactOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List sales contacts, the newest first; `matched=without` and `matched=against` are those the gate had not allowed"""
        limit, cursor = args.pop("limit"), args.pop("cursor")
        page = queries.list_sales_contacts(current_viewer(), SalesContactFilter(**args), limit=limit, cursor=cursor)
        return {"items": [_shown(row) for row in page.items], "next_cursor": page.next_cursor}

    @requires(service.LOG)
    @blueprint.arguments(SalesContactIn)
    @blueprint.response(201, SalesContactOut)
    @blueprint.alt_response(200, schema=SalesContactOut, description="It was logged before")
    def post(self, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Log a sales contact

        It is matched to the newest decision about the same account, contact, purpose and channel that was live at that moment.
        Open decisions about the account end: caps and distances count the contact from now on.
        """
        viewer = current_viewer()
        with transaction():
            entry, is_new = service.log_sales_contact(service.Approached(**body), viewer)
            shown = _shown(queries.get_sales_contact(entry.id, viewer))
        return shown, 201 if is_new else 200


@blueprint.route("/<int:sales_contact_id>")
class OneSalesContact(MethodView):
    """One entry."""

    @requires(queries.READ)
    @blueprint.response(200, SalesContactOut)
    def get(self, sales_contact_id: int) -> dict[str, Any]:
        """A sales contact"""
        return _shown(queries.get_sales_contact(sales_contact_id, current_viewer()))
