"""GET /recovery: whether calling detractors helped, beyond what happens by itself."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import requires
from feedback.issues.rules.recovery import Share
from feedback.reporting.recovery import Outcome, RecoveryFilter, recovery
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Schema

blueprint = Blueprint("recovery", __name__, url_prefix="/api/v1/recovery", description="Whether closing the loop helps")


class RecoveryArgs(Schema):
    """Which first answers: given from `from` on and before `to`."""

    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)
    segment = fields.String(load_default=None, validate=validate.Length(max=255))
    region = fields.String(load_default=None, validate=validate.Length(max=255))

    @ma.validates_schema
    def check_order(self, data: dict[str, Any], **_options: Any) -> None:
        """A period has an end behind its start."""
        if data["from_"] and data["to"] and data["to"] <= data["from_"]:
            raise ma.ValidationError(_("The period ends before it begins."), "to")


class PeopleShareOut(Schema):
    """A share of people with its Wilson interval."""

    count = fields.Integer(required=True)
    n = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)


class ShareDifferenceOut(Schema):
    """One share minus the other, with Newcombe's interval."""

    difference = fields.Float(required=True)
    ci_low = fields.Float(required=True)
    ci_high = fields.Float(required=True)


class ExcessOut(Schema):
    """Mean scores, and how far the second lies above the one expected by itself; the interval is clustered by account."""

    mean_first = fields.Float(required=True)
    mean_second = fields.Float(required=True)
    expected = fields.Float(required=True)
    excess = fields.Float(required=True)
    ci_low = fields.Float(required=True)
    ci_high = fields.Float(required=True)


class OutcomeOut(Schema):
    """Those who were called beside those who were not; null where there are too few to say."""

    called = fields.Nested(PeopleShareOut, required=True)
    not_called = fields.Nested(PeopleShareOut, required=True)
    difference = fields.Nested(ShareDifferenceOut, required=True, allow_none=True)
    excess = fields.Nested(ExcessOut, required=True, allow_none=True)


class RetestLineOut(Schema):
    """What a second score is by itself: mean_second + slope × (first − mean_first)."""

    n = fields.Integer(required=True)
    mean_first = fields.Float(required=True)
    mean_second = fields.Float(required=True)
    slope = fields.Float(required=True)
    rho = fields.Float(required=True, metadata={"description": "Retest correlation of people whom nobody called."})


class FixesOut(Schema):
    """Fixes of the period and what customers said of them."""

    verified = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    unverified = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    pulses_asked = fields.Integer(required=True)
    pulses_answered = fields.Integer(required=True)
    pulses_good = fields.Integer(
        required=True,
        metadata={"description": "Answered with 7 or more. Asked only where a fix was settled."},
    )


class RecoveryOut(Schema):
    """Whether calling detractors helped."""

    recovery = fields.Nested(OutcomeOut, required=True)
    relapse = fields.Nested(OutcomeOut, required=True)
    line = fields.Nested(RetestLineOut, required=True, allow_none=True)
    pairs = fields.Integer(required=True)
    fixes = fields.Nested(FixesOut, required=True)


@blueprint.route("")
class RecoveryReport(MethodView):
    """The report."""

    @requires("report.read")
    @blueprint.arguments(RecoveryArgs, location="query")
    @blueprint.response(200, RecoveryOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Show recovery and relapse of detractors who were called, beyond regression to the mean and beside those who were not"""
        wanted = RecoveryFilter(args["from_"], args["to"], args["segment"], args["region"])
        found = recovery(wanted)
        outcomes = {"recovery": _outcome(found.recovery), "relapse": _outcome(found.relapse)}
        return outcomes | {"line": found.line, "pairs": found.pairs, "fixes": found.fixes}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "called": _share(outcome.called),
        "not_called": _share(outcome.others),
        "difference": outcome.difference and _bounds(outcome.difference),
        "excess": outcome.excess and _bounds(outcome.excess),
    }


def _bounds(found: Any) -> dict[str, Any]:
    values = found._asdict()
    return values | {"ci_low": values.pop("low"), "ci_high": values.pop("high")}


def _share(found: Share) -> dict[str, Any]:
    low, high = found.interval or (None, None)
    return {"count": found.hits, "n": found.n, "share": found.share, "ci_low": low, "ci_high": high}
