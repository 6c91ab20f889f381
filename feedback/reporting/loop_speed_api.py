"""GET /loop-speed: how long the loop takes between any two states, and which clocks are kept."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.issues.rules import Clock, Severity
from feedback.kernel import clock
from feedback.reporting.defect_rows import SharePoint
from feedback.reporting.loop_months import kept_by_month
from feedback.reporting.loop_speed import STAGES, ClockLine, Milestone, SpeedFilter, Stage, loop_speed
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import QueryId, Schema

blueprint = Blueprint("loop_speed", __name__, url_prefix="/api/v1/loop-speed", description="How fast the loop is")
USUAL = timedelta(days=365)


class LoopSpeedArgs(Schema):
    """Issues opened from `from` on and before `to` (UTC days; without `from`, of a year); one more pair of states."""

    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)
    severity = fields.Enum(Severity, by_value=True, load_default=None)
    team_id = QueryId(load_default=None)
    start = fields.Enum(Milestone, by_value=True, load_default=None)
    end = fields.Enum(Milestone, by_value=True, load_default=None)

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_options: Any) -> None:
        """A period has an end behind its start, a pair two states in order."""
        if data["from_"] and data["to"] and data["to"] <= data["from_"]:
            raise ma.ValidationError(_("The period ends before it begins."), "to")
        if (data["start"] is None) != (data["end"] is None):
            raise ma.ValidationError("Name both states, `start` and `end`.", "end")
        if data["start"] is not None and list(Milestone).index(data["start"]) >= list(Milestone).index(data["end"]):
            raise ma.ValidationError("`end` has to come after `start`.", "end")


class StageOut(Schema):
    """Hours from one state to the other by Kaplan-Meier: what is open still counts as longer. Null: too few have got there."""

    start = fields.String(required=True, validate=validate.OneOf(tuple(Milestone)))
    end = fields.String(required=True, validate=validate.OneOf(tuple(Milestone)))
    n = fields.Integer(required=True)
    open = fields.Integer(required=True)
    median_hours = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)
    p90_hours = fields.Float(required=True, allow_none=True)


class KeptOut(Schema):
    """How often a clock was kept, of those that ended or ran out."""

    clock = fields.String(required=True)
    n = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)
    missed = fields.Integer(required=True)
    overdue = fields.Integer(required=True, metadata={"description": "Of the missed: those that run still."})
    median_late_hours = fields.Float(required=True, allow_none=True)


class KeptMonthOut(Schema):
    """How often a clock that was due in a month was kept. The months are the last twelve, whatever the period."""

    clock = fields.String(required=True)
    month = fields.Date(required=True)
    n = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)


class LoopSpeedOut(Schema):
    """The speed of the loop."""

    issues = fields.Integer(required=True)
    stages = fields.List(fields.Nested(StageOut), required=True)
    clocks = fields.List(fields.Nested(KeptOut), required=True)
    months = fields.List(fields.Nested(KeptMonthOut), required=True)


@blueprint.route("")
class LoopSpeed(MethodView):
    """The time between states, and clocks kept."""

    @requires("loop.read")
    @blueprint.arguments(LoopSpeedArgs, location="query")
    @blueprint.response(200, LoopSpeedOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Show how long the loop takes, with open issues counted, and how often clocks are kept"""
        since = _midnight(args["from_"]) if args["from_"] else clock.now() - USUAL
        until = _midnight(args["to"]) if args["to"] else None
        pair = (args["start"], args["end"]) if args["start"] else None
        wanted = SpeedFilter(since, until, args["severity"], args["team_id"])
        found = loop_speed(current_viewer(), wanted, stages=[pair] if pair else STAGES)
        months = kept_by_month(current_viewer(), wanted)
        return {
            "issues": found.issues,
            "stages": [_stage(stage) for stage in found.stages],
            "clocks": [_kept(line) for line in found.clocks],
            "months": [_month(one, point) for one, points in months.items() for point in points],
        }


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), UTC)


def _stage(stage: Stage) -> dict[str, Any]:
    hours = stage.hours
    return {
        "start": stage.start,
        "end": stage.end,
        "n": hours.n,
        "open": hours.open,
        "median_hours": hours.median,
        "ci_low": hours.median_low,
        "ci_high": hours.median_high,
        "p90_hours": hours.p90,
    }


def _month(which: Clock, point: SharePoint) -> dict[str, Any]:
    low, high = point.interval or (None, None)
    return {"clock": which, "month": point.month, "n": point.n, "share": point.share, "ci_low": low, "ci_high": high}


def _kept(line: ClockLine) -> dict[str, Any]:
    low, high = line.kept.interval or (None, None)
    return {
        "clock": line.clock,
        "n": round(line.kept.n),
        "share": line.kept.share,
        "ci_low": low,
        "ci_high": high,
        "missed": line.missed,
        "overdue": line.overdue,
        "median_late_hours": line.late_hours,
    }
