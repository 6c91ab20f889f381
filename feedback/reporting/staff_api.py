"""/api/v1/staff: who works on issues, with how much room."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.reporting.team_board import StaffLine, staff_lines
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import QueryId, Schema

blueprint = Blueprint("staff", __name__, url_prefix="/api/v1", description="Who works on issues")


class StaffArgs(Schema):
    """Of all, or of one team."""

    team_id = QueryId(load_default=None)


class NextAbsenceOut(Schema):
    """The current absence, or the next one within two months."""

    id = fields.Integer(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    deputy_id = fields.Integer(required=True, allow_none=True)


class StaffOut(Schema):
    """One person: what they have open, may have, can, and when they are away."""

    user_id = fields.Integer(required=True)
    name = fields.String(required=True)
    team_id = fields.Integer(required=True, allow_none=True)
    leads_team = fields.Boolean(required=True)
    skills = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    capacity = fields.Integer(required=True, allow_none=True)
    open = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    absence = fields.Nested(NextAbsenceOut, required=True, allow_none=True)


class StaffListOut(Schema):
    """The frontline in the caller's scope, by team and name."""

    items = fields.List(fields.Nested(StaffOut), required=True)


@blueprint.route("/staff")
class Staff(MethodView):
    """People and their load."""

    @requires("staff.read")
    @blueprint.arguments(StaffArgs, location="query")
    @blueprint.response(200, StaffListOut)
    def get(self, args: dict[str, Any]) -> dict[str, list[StaffLine]]:
        """List who works on issues: load, room, skills, languages, absence"""
        return {"items": staff_lines(current_viewer(), team_id=args["team_id"])}
