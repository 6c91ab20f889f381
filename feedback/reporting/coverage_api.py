"""GET /coverage: whom we heard, and what the silence leaves open."""

from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.defects.programs import find_survey_id
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.listening.rules.coverage import REVENUE_TARGET, Rate, Voice
from feedback.reporting.coverage import Coverage, CoverageFilter, ProgramLine, Reach, RoleLine, coverage
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import QueryId, Schema

blueprint = Blueprint("coverage", __name__, url_prefix="/api/v1/coverage", description="Whom we heard")
POINTS = 100
USUAL = timedelta(days=365)


class CoverageArgs(Schema):
    """Which requests: sent from `from` on and before `to`; without `from` and `wave_id`, those of a year."""

    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)
    survey = fields.String(load_default=None, validate=validate.Length(max=255))
    segment = fields.String(load_default=None, validate=validate.Length(max=255))
    region = fields.String(load_default=None, validate=validate.Length(max=255))
    owner_id = QueryId(load_default=None)
    wave_id = QueryId(load_default=None)

    @ma.validates_schema
    def check_order(self, data: dict[str, Any], **_options: Any) -> None:
        """A period has an end behind its start."""
        if data["from_"] and data["to"] and data["to"] <= data["from_"]:
            raise ma.ValidationError(_("The period ends before it begins."), "to")


class RateOut(Schema):
    """A share with its Wilson interval; `of` is what it is a share of, `n` how many units (for money: equal ones) that are."""

    heard = fields.Float(required=True)
    of = fields.Float(required=True)
    n = fields.Float(required=True)
    share = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)


class ResponseRatesOut(Schema):
    """Who answered of those whom a request reached: people, accounts, and the accounts by revenue."""

    contacts = fields.Nested(RateOut, required=True)
    accounts = fields.Nested(RateOut, required=True)
    revenue = fields.Nested(RateOut, required=True)


class ReachOut(Schema):
    """Active accounts: all, heard by any way, heard from a decision maker, and those whose revenue is not known."""

    active = fields.Integer(required=True)
    heard = fields.Integer(required=True)
    heard_from_decision_maker = fields.Integer(required=True)
    without_revenue = fields.Integer(required=True)


class RoleCoverageOut(Schema):
    """People in one role; `unknown`: nobody has said which role they have."""

    role = fields.String(required=True)
    people = fields.Integer(required=True)
    asked = fields.Nested(RateOut, required=True)
    heard = fields.Nested(RateOut, required=True)


class HeardNpsOut(Schema):
    """NPS of the newest answer of each person, in points, and what it would be if the silent were counted.

    `pessimistic` is NPS × response rate, or the NPS itself where it is below zero; `worst` and `best` take all silent people
    for detractors or promoters.
    """

    n = fields.Integer(required=True)
    silent = fields.Integer(required=True)
    nps = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)
    pessimistic = fields.Float(required=True, allow_none=True)
    worst = fields.Float(required=True, allow_none=True)
    best = fields.Float(required=True, allow_none=True)


class ProgramCoverageOut(Schema):
    """What the requests of one program brought. `late_minus_early` compares answers after a reminder with those before."""

    survey = fields.String(required=True)
    asked = fields.Integer(required=True)
    bounced = fields.Integer(required=True)
    response_rates = fields.Nested(ResponseRatesOut, required=True)
    nps = fields.Nested(HeardNpsOut, required=True)
    late_minus_early = fields.Float(required=True, allow_none=True)


class CoverageGroupOut(Schema):
    """One group of the newest requests that arrived, by `prior` band, `issue` open when asked, or `segment`."""

    dimension = fields.String(required=True)
    group = fields.String(required=True)
    rate = fields.Nested(RateOut, required=True)


class CoverageOut(Schema):
    """Whom we asked and heard. `comparable` is false where programs answer too differently to stand side by side.

    Several programs never make one rate or one NPS: each stands in `programs`, and `groups` is empty.
    """

    asked = fields.Integer(required=True)
    bounced = fields.Integer(required=True)
    revenue_coverage = fields.Nested(
        RateOut, required=True, metadata={"description": "Revenue of the active accounts with an answer of anybody, by any way."}
    )
    decision_maker_revenue_coverage = fields.Nested(
        RateOut, required=True, metadata={"description": "Revenue of the active accounts with an answer of a decision maker."}
    )
    accounts = fields.Nested(ReachOut, required=True)
    revenue_target = fields.Float(required=True)
    roles = fields.List(fields.Nested(RoleCoverageOut), required=True)
    programs = fields.List(fields.Nested(ProgramCoverageOut), required=True)
    comparable = fields.Boolean(required=True)
    groups = fields.List(fields.Nested(CoverageGroupOut), required=True)
    silent_people = fields.Integer(required=True)


@blueprint.route("")
class CoverageReport(MethodView):
    """Reach, coverage and response rates."""

    @requires("response.read")
    @blueprint.arguments(CoverageArgs, location="query")
    @blueprint.response(200, CoverageOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """See whom we heard, and what the silence leaves open

        About the accounts that one may see, and the last 365 days unless a wave or a first day is named. Bounced mails are not
        requests; an answer that was excluded is none.
        """
        if args["survey"] is not None and find_survey_id(db.session(), args["survey"]) is None:
            raise InvalidInput({"survey": [_("There is no survey with the code %(code)s.", code=args["survey"])]})
        start, stop = args.pop("from_"), args.pop("to")
        if start is None and args["wave_id"] is None:
            start = (stop or clock.now().date()) - USUAL
        return _document(coverage(current_viewer(), CoverageFilter(start, stop, **args), silent=0))


def _document(found: Coverage) -> dict[str, Any]:
    return {
        "asked": found.asked,
        "bounced": found.bounced,
        "revenue_coverage": _rate(found.reach.revenue),
        "decision_maker_revenue_coverage": _rate(found.reach.decided),
        "accounts": _accounts(found.reach),
        "revenue_target": REVENUE_TARGET,
        "roles": [_role(line) for line in found.roles],
        "programs": [_program(line) for line in found.programs],
        "comparable": found.is_comparable,
        "groups": [{"dimension": one.dimension, "group": one.group, "rate": _rate(one.rate)} for one in found.groups],
        "silent_people": found.silent_people,
    }


def _accounts(reach: Reach) -> dict[str, int]:
    heard = {"heard": reach.accounts_heard, "heard_from_decision_maker": reach.accounts_decided}
    return {"active": reach.accounts, **heard, "without_revenue": reach.without_revenue}


def _program(line: ProgramLine) -> dict[str, Any]:
    return {
        "survey": line.survey,
        "asked": line.requests,
        "bounced": line.bounced,
        "response_rates": {name: _rate(getattr(line.rates, name)) for name in ("contacts", "accounts", "revenue")},
        "nps": _voice(line.voice),
        "late_minus_early": None if line.gap is None else _points(line.gap.value),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval or (None, None)
    return {"heard": rate.weight, "of": rate.total, "n": rate.n, "share": rate.share, "ci_low": low, "ci_high": high}


def _role(line: RoleLine) -> dict[str, Any]:
    return {"role": line.role, "people": line.people, "asked": _rate(line.asked), "heard": _rate(line.heard)}


def _voice(voice: Voice) -> dict[str, Any]:
    low, high = voice.interval or (None, None)
    figures = {"nps": voice.nps, "ci_low": low, "ci_high": high}
    figures |= {"pessimistic": voice.pessimistic, "worst": voice.worst, "best": voice.best}
    return {"n": int(voice.bands.n), "silent": voice.silent} | {name: _points(value) for name, value in figures.items()}


def _points(value: float | None) -> float | None:
    return None if value is None else POINTS * value
