"""GET /calls: whom to call with a survey."""

from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.defects.programs import find_survey_id
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import decode_numbers, encode_cursor
from feedback.listening.rules.calls import CallGroup, NoCall, WhyCall
from feedback.reporting.call_list import CallFilter, CallLine, CallList, call_list
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Instant, PageArgs, QueryId, Schema

blueprint = Blueprint("calls", __name__, url_prefix="/api/v1/calls", description="Whom to call with a survey")


class CallArgs(PageArgs):
    """Which people. With `q` anybody who is called so, heard or not."""

    survey = fields.String(load_default=None, validate=validate.Length(max=255))
    wave_id = QueryId(load_default=None)
    owner_id = QueryId(load_default=None)
    account_id = QueryId(load_default=None)
    group = fields.Enum(CallGroup, by_value=True, load_default=None)
    q = fields.String(load_default="", validate=validate.Length(max=100))


class CallOut(Schema):
    """One person of one account. `no_call` says what stands against a call now; null: call."""

    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True)
    contact = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    role = fields.String(required=True)
    tier = fields.String(required=True)
    revenue = fields.Float(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    survey = fields.String(required=True, allow_none=True)
    why = fields.Enum(WhyCall, by_value=True, required=True, allow_none=True)
    asked_at = Instant(required=True, allow_none=True)
    reminders = fields.Integer(required=True)
    missed = fields.Integer(required=True, metadata={"description": "How often nobody picked up since the last talk."})
    missed_at = Instant(required=True, allow_none=True)
    no_call = fields.Enum(NoCall, by_value=True, required=True, allow_none=True)
    group = fields.Enum(CallGroup, by_value=True, required=True)
    until = Instant(required=True, allow_none=True)


class CallsOut(Schema):
    """A page of them, decision makers of the most valuable accounts first."""

    items = fields.List(fields.Nested(CallOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@blueprint.route("")
class Calls(MethodView):
    """The list that interviewers work through."""

    @requires("interview.write")
    @blueprint.arguments(CallArgs, location="query")
    @blueprint.response(200, CallsOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List people whose answer no mail brings

        Asked and silent, or not to be reached by mail, within a year; of at most 2,000 people, the most important ones.
        """
        survey, limit, cursor = args["survey"], args.pop("limit"), args.pop("cursor")
        if survey is not None and find_survey_id(db.session(), survey) is None:
            raise InvalidInput({"survey": [_("There is no survey with the code %(code)s.", code=survey)]})
        offset = decode_numbers(cursor, size=1)[0] if cursor else 0
        wanted = CallFilter(text=args.pop("q").strip(), **args)
        found = call_list(current_viewer(), wanted, offset=offset, limit=limit)
        return {"items": [_present(line) for line in found.lines], "next_cursor": _next(found, offset + limit)}


def _present(line: CallLine) -> dict[str, Any]:
    names = [name for name in CallOut._declared_fields if name != "role"]
    return {name: getattr(line, name) for name in names} | {"role": line.role.value}


def _next(found: CallList, offset: int) -> str | None:
    return encode_cursor(offset) if offset < found.total else None
