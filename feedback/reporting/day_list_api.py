"""GET /today: whom somebody may call today, about what, and why now."""

from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.access.rules import Role
from feedback.gate.rules import Outcome, Play
from feedback.kernel.errors import InvalidInput
from feedback.planning.locking import READ
from feedback.planning.rules.calling import WhyNow
from feedback.reporting.day_list import day_list
from feedback.reporting.readiness import list_owners
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import QueryId, Schema

blueprint = Blueprint("today", __name__, url_prefix="/api/v1/today", description="Whom may I call today?")


class TodayArgs(Schema):
    """Whose list; an account manager's own, unless said."""

    owner_id = QueryId(load_default=None, metadata={"description": "The account manager; needed by everybody else."})


class WhyNowOut(Schema):
    """One reason to call now."""

    why = fields.Enum(WhyNow, by_value=True, required=True)
    text = fields.String(required=True)


class TodaysCallOut(Schema):
    """A customer who may be called."""

    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    plan_id = fields.Integer(required=True, allow_none=True)
    contact_id = fields.Integer(required=True)
    contact = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    play = fields.String(required=True, validate=validate.OneOf(list(Play)))
    outcome = fields.String(required=True, validate=validate.OneOf(list(Outcome)))
    revenue = fields.Float(required=True, allow_none=True)
    reasons = fields.List(fields.Nested(WhyNowOut), required=True)
    about = fields.List(fields.String(), required=True)
    briefing = fields.List(fields.String(), required=True, metadata={"description": "What to know and not to touch."})


class LeftAloneOut(Schema):
    """A customer who is left alone today."""

    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    play = fields.String(required=True, validate=validate.OneOf(list(Play)))
    because = fields.String(required=True)
    again_at = fields.DateTime(format="iso", required=True, allow_none=True)


class TodayOut(Schema):
    """The list of the day, the most pressing call first; before anybody calls, the gate is asked about this customer."""

    calls = fields.List(fields.Nested(TodaysCallOut), required=True)
    others = fields.List(fields.Nested(LeftAloneOut), required=True)
    currency = fields.String(required=True)
    made_at = fields.DateTime(format="iso", required=True)


@blueprint.route("")
class Today(MethodView):
    """The list."""

    @requires(READ)
    @blueprint.arguments(TodayArgs, location="query")
    @blueprint.response(200, TodayOut)
    def get(self, args: dict[str, Any]) -> Any:
        """Whom an account manager may call today, about what and why now, and who is left alone and why"""
        viewer = current_viewer()
        owner = viewer.user_id if viewer.role is Role.ACCOUNT_MANAGER else args["owner_id"]
        if owner is None or (owner != viewer.user_id and owner not in [one for one, _name in list_owners(viewer)]):
            raise InvalidInput({"owner_id": [_("Name an account manager whose customers you may see.")]})
        return day_list(viewer, owner)
