"""GET /coverage: whom we heard, and what the silence leaves open."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.defects.programs import find_survey_id
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput
from feedback.listening.rules.coverage import REVENUE_TARGET, Rate
from feedback.reporting.coverage import Coverage, CoverageFilter, RoleLine, coverage
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import QueryId, Schema

blueprint = Blueprint("coverage", __name__, url_prefix="/api/v1/coverage", description="Whom we heard")
POINTS = 100


class CoverageArgs(Schema):
    """Which requests: sent from `from` on and before `to`."""

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
    """Valid answers of requests that arrived."""

    contacts = fields.Nested(RateOut, required=True)
    accounts = fields.Nested(RateOut, required=True)
    revenue = fields.Nested(RateOut, required=True)


class RoleCoverageOut(Schema):
    """People in one role; `unknown`: nobody has said which role they have."""

    role = fields.String(required=True)
    people = fields.Integer(required=True)
    asked = fields.Nested(RateOut, required=True)
    heard = fields.Nested(RateOut, required=True)


class HeardNpsOut(Schema):
    """NPS of the answers, in points, and what it would be if the silent were counted.

    `pessimistic` is NPS × response rate, `worst` and `best` take all silent people for detractors or promoters.
    """

    n = fields.Integer(required=True)
    silent = fields.Integer(required=True)
    nps = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)
    pessimistic = fields.Float(required=True, allow_none=True)
    worst = fields.Float(required=True, allow_none=True)
    best = fields.Float(required=True, allow_none=True)


class CoverageGroupOut(Schema):
    """One group of those asked, by `prior` band, `issue` open when asked, or `segment`."""

    dimension = fields.String(required=True)
    group = fields.String(required=True)
    rate = fields.Nested(RateOut, required=True)


class CoverageOut(Schema):
    """Whom we asked and heard. `comparable` is false where programs answer too differently to stand side by side."""

    asked = fields.Integer(required=True)
    bounced = fields.Integer(required=True)
    response_rates = fields.Nested(ResponseRatesOut, required=True)
    revenue_coverage = fields.Nested(RateOut, required=True)
    revenue_target = fields.Float(required=True)
    roles = fields.List(fields.Nested(RoleCoverageOut), required=True)
    nps = fields.Nested(HeardNpsOut, required=True)
    late_minus_early = fields.Float(required=True, allow_none=True)
    programs = fields.Dict(keys=fields.String(), values=fields.Nested(RateOut), required=True)
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

        About the accounts that one may see. Bounced mails are not requests; an answer that was excluded is none.
        """
        if args["survey"] is not None and find_survey_id(db.session(), args["survey"]) is None:
            raise InvalidInput({"survey": [_("There is no survey with the code %(code)s.", code=args["survey"])]})
        wanted = CoverageFilter(args.pop("from_"), args.pop("to"), **args)
        return _document(coverage(current_viewer(), wanted, silent=0))


def _document(found: Coverage) -> dict[str, Any]:
    rates = {name: _rate(getattr(found.rates, name)) for name in ("contacts", "accounts", "revenue")}
    return {
        "asked": found.asked,
        "bounced": found.bounced,
        "response_rates": rates,
        "revenue_coverage": _rate(found.covered),
        "revenue_target": REVENUE_TARGET,
        "roles": [_role(line) for line in found.roles],
        "nps": _voice(found),
        "late_minus_early": None if found.gap is None else _points(found.gap.value),
        "programs": {code: _rate(rate) for code, rate in found.programs.items()},
        "comparable": found.is_comparable,
        "groups": [{"dimension": one.dimension, "group": one.group, "rate": _rate(one.rate)} for one in found.groups],
        "silent_people": found.silent_people,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval or (None, None)
    return {"heard": rate.weight, "of": rate.total, "n": rate.n, "share": rate.share, "ci_low": low, "ci_high": high}


def _role(line: RoleLine) -> dict[str, Any]:
    return {"role": line.role, "people": line.people, "asked": _rate(line.asked), "heard": _rate(line.heard)}


def _voice(found: Coverage) -> dict[str, Any]:
    voice = found.voice
    low, high = voice.interval or (None, None)
    figures = {"nps": voice.nps, "ci_low": low, "ci_high": high}
    figures |= {"pessimistic": voice.pessimistic, "worst": voice.worst, "best": voice.best}
    return {"n": int(voice.bands.n), "silent": voice.silent} | {name: _points(value) for name, value in figures.items()}


def _points(value: float | None) -> float | None:
    return None if value is None else POINTS * value
