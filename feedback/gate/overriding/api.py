"""/api/v1/gate-overrides: exceptions from a hold, asked for by one and granted by another."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.gate.overriding import queries, service
from feedback.gate.overriding.queries import OverrideFilter
from feedback.gate.overriding.rules import MOST_DAYS, OverrideReason, OverrideState
from feedback.permission.rules import Purpose
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Id, PageArgs, QueryId, Schema, Text, page_of

blueprint = Blueprint("gate_overrides", __name__, url_prefix="/api/v1/gate-overrides", description="Exceptions from a hold.")


class OverrideIn(Schema):
    """What is asked for."""

    decision_id = Id(required=True, metadata={"description": "A live decision whose outcome is `hold`."})
    reason = fields.Enum(OverrideReason, by_value=True, required=True)
    note = Text(required=True, limit=LONG_TEXT)
    days = fields.Integer(strict=True, load_default=MOST_DAYS, validate=validate.Range(min=1, max=MOST_DAYS))


class OverrideListArgs(PageArgs):
    """Query of the list."""

    state = fields.Enum(OverrideState, by_value=True, load_default=None)
    account_id = QueryId(load_default=None)
    since = fields.Date(format="iso", load_default=None, metadata={"description": "Asked for on this day or later."})
    until = fields.Date(format="iso", load_default=None, metadata={"description": "Asked for before this day."})


class OverrideDecisionIn(Schema):
    """Yes or no; a no says why."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(limit=LONG_TEXT, empty=True, load_default="")


class OverrideOut(Schema):
    """An exception."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    contact = fields.String(required=True, allow_none=True)
    decision_id = fields.Integer(required=True, allow_none=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    state = fields.Enum(OverrideState, by_value=True, required=True)
    reason = fields.Enum(OverrideReason, by_value=True, required=True)
    note = fields.String(required=True)
    days = fields.Integer(required=True)
    requested_by = fields.String(required=True)
    requested_at = fields.DateTime(format="iso", required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = fields.DateTime(format="iso", required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)
    expires_at = fields.DateTime(format="iso", required=True, allow_none=True)
    ended_at = fields.DateTime(format="iso", required=True, allow_none=True)
    ended_because = fields.String(required=True, allow_none=True)
    counts = fields.Boolean(required=True, metadata={"description": "Whether decisions go by it now."})


@blueprint.route("")
class Overrides(MethodView):
    """Exceptions at the caller's accounts."""

    @requires(service.READ)
    @blueprint.arguments(OverrideListArgs, location="query")
    @blueprint.response(200, page_of(OverrideOut))
    def get(self, args: dict[str, Any]) -> Any:
        """List exceptions, the newest first"""
        limit, cursor = args.pop("limit"), args.pop("cursor")
        return queries.list_overrides(current_viewer(), OverrideFilter(**args), limit=limit, cursor=cursor)

    @requires(service.ASK)
    @blueprint.arguments(OverrideIn)
    @blueprint.response(201, OverrideOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Ask for an exception from a hold

        There is none for a detractor, over a serious problem, before a fix is confirmed, or of any other outcome than `hold`. Who
        may grant it is told.
        """
        viewer = current_viewer()
        with transaction():
            made = service.request_override(service.Wish(**body), viewer)
            return queries.get_override(made.id, viewer)


@blueprint.route("/<int:override_id>/decision")
class OverrideDecision(MethodView):
    """The word of a second person."""

    @requires(service.APPROVE)
    @blueprint.arguments(OverrideDecisionIn)
    @blueprint.response(200, OverrideOut)
    def put(self, body: dict[str, Any], override_id: int) -> Any:
        """Grant what somebody else asked for, from the very next decision on, or refuse it with a reason"""
        viewer = current_viewer()
        with transaction():
            made = service.decide_override(override_id, approve=body["approve"], words=body["note"], viewer=viewer)
            return queries.get_override(made.id, viewer)


@blueprint.route("/<int:override_id>/withdrawal")
class OverrideWithdrawal(MethodView):
    """Taking it back."""

    @requires(service.ASK)
    @blueprint.response(200, OverrideOut)
    def put(self, override_id: int) -> Any:
        """Take back what one asked for, whether or not it was granted"""
        viewer = current_viewer()
        with transaction():
            made = service.withdraw_override(override_id, viewer=viewer)
            return queries.get_override(made.id, viewer)


@blueprint.route("/<int:override_id>/end")
class OverrideEnd(MethodView):
    """Ending it."""

    @requires(service.APPROVE)
    @blueprint.response(200, OverrideOut)
    def put(self, override_id: int) -> Any:
        """End what was granted before its time"""
        viewer = current_viewer()
        with transaction():
            made = service.end_override(override_id, viewer=viewer)
            return queries.get_override(made.id, viewer)
