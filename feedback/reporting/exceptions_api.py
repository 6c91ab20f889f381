"""GET /exceptions: who granted exceptions from a hold, in which week of the quarter, and what the customer did then."""

from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import ValidationError, fields

from feedback.access.auth import current_viewer, requires
from feedback.gate.overriding.api import OverrideOut
from feedback.gate.overriding.rules import quarter_and_week, quarter_of
from feedback.kernel import clock
from feedback.reporting.exceptions import exceptions_of_quarter
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Schema

blueprint = Blueprint("exceptions", __name__, url_prefix="/api/v1/exceptions", description="Exceptions by week of quarter")


def _check_quarter(text: str) -> None:
    try:
        quarter_of(text)
    except ValueError as error:
        raise ValidationError(_("Write a quarter, such as 2026-Q4.")) from error


class ExceptionsArgs(Schema):
    """Which quarter; the running one, unless said."""

    quarter = fields.String(load_default=None, validate=_check_quarter)


class FollowedOut(Schema):
    """What the customer did within 30 days."""

    contacts = fields.Integer(required=True, metadata={"description": "Sales contacts while the exception counted."})
    detractors = fields.Integer(required=True, metadata={"description": "Answers of 0 to 6 at the account."})
    opt_outs = fields.Integer(required=True, metadata={"description": "Offers refused, withdrawn or objected to."})
    lost = fields.Boolean(required=True, metadata={"description": "The account is closed today."})
    open = fields.Boolean(required=True, metadata={"description": "The 30 days are not over."})


class ExceptionOut(Schema):
    """One exception."""

    week = fields.Integer(required=True)
    exception = fields.Nested(OverrideOut, required=True, attribute="line")
    followed = fields.Nested(FollowedOut, required=True, allow_none=True)


class WeekOut(Schema):
    """A week of the quarter."""

    week = fields.Integer(required=True)
    granted = fields.Integer(required=True)
    other = fields.Integer(required=True, metadata={"description": "Asked for, and refused, withdrawn or not decided."})


class ApproverOut(Schema):
    """Somebody who decided."""

    name = fields.String(required=True)
    granted = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class ExceptionsOut(Schema):
    """The exceptions of a quarter."""

    quarter = fields.String(required=True)
    weeks = fields.List(fields.Nested(WeekOut), required=True)
    approvers = fields.List(fields.Nested(ApproverOut), required=True)
    rows = fields.List(fields.Nested(ExceptionOut), required=True)


@blueprint.route("")
class Exceptions(MethodView):
    """The report."""

    @requires("report.read")
    @blueprint.arguments(ExceptionsArgs, location="query")
    @blueprint.response(200, ExceptionsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Exceptions from a hold by week of the quarter and approver, with what followed"""
        found = exceptions_of_quarter(current_viewer(), args["quarter"] or quarter_and_week(clock.now().date())[0])
        weeks = [{"week": week, "granted": granted, "other": other} for week, granted, other in found.by_week]
        return {"quarter": found.quarter, "weeks": weeks, "approvers": found.approvers, "rows": found.rows}
