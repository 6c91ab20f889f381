"""/api/v1/contacts/{id}/consents: what a contact allows."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.accounts.queries import access_contact
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import decode_cursor, encode_cursor
from feedback.permission import queries, service
from feedback.permission.lookups import Looked, lookups_of, note_lookup
from feedback.permission.rules import NOTHING_RECORDED
from feedback.permission.schemas import ConsentIn, ConsentPageOut, LookupsOut, RecordedConsentOut
from feedback.permission.service import ConsentDraft
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs

blueprint = Blueprint("consents", __name__, url_prefix="/api/v1/contacts", description="What contacts allow us.")


@blueprint.route("/<int:contact_id>/consents")
class Consents(MethodView):
    """The ledger of one contact."""

    @requires("consent.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, ConsentPageOut)
    def get(self, page: dict[str, Any], contact_id: int) -> dict[str, Any]:
        """What the contact allows now, and everything that was said; who looked stands in the audit log"""
        viewer = current_viewer()
        access_contact(contact_id, viewer=viewer, permission="consent.read")
        note_lookup(contact_id, Looked.LEDGER, viewer)
        events = queries.list_events(contact_id)
        start = decode_cursor(page["cursor"], size=1)[0] if page["cursor"] else 0
        end = start + page["limit"]
        return {
            "states": [
                fact._asdict() | {"purpose": purpose, "channel": channel, "suppression_id": fact.listed}
                for (purpose, channel), fact in queries.list_consent_states(contact_id).items()
            ],
            "items": events[start:end],
            "next_cursor": encode_cursor(end) if end < len(events) else None,
        }

    @requires("consent.write")
    @blueprint.arguments(ConsentIn)
    @blueprint.response(201, RecordedConsentOut)
    @blueprint.alt_response(200, schema=RecordedConsentOut, description="It was recorded before")
    def post(self, body: dict[str, Any], contact_id: int) -> tuple[dict[str, Any], int]:
        """Record what the contact allowed, refused, withdrew or objected to"""
        viewer = current_viewer()
        with transaction():
            access_contact(contact_id, viewer=viewer, permission="consent.write")
            recorded = service.record_consents([ConsentDraft(contact_id, **body)], recorded_by=viewer.actor)[0]
            if recorded.event_id is None:
                raise InvalidInput(recorded.errors)
            event = queries.get_event(recorded.event_id)
            states = queries.consent_states([contact_id], event.purpose, event.channel)
            state = states.get(contact_id, NOTHING_RECORDED).state
        columns = {column.key: getattr(event, column.key) for column in event.__table__.columns}
        return columns | {"state": state}, 201 if recorded.status == "created" else 200


@blueprint.route("/<int:contact_id>/lookups")
class Lookups(MethodView):
    """Who looked."""

    @requires("request.read")
    @blueprint.response(200, LookupsOut)
    def get(self, contact_id: int) -> dict[str, Any]:
        """Who looked up what this contact allows, the newest first"""
        access_contact(contact_id, viewer=current_viewer(), permission="request.read")
        return {"items": [one._asdict() for one in lookups_of(contact_id, limit=200)]}
