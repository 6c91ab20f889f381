"""GET /renewal-risks: which contracts come up for renewal, and what weighs on them."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.reporting.renewal_risk import HORIZON_DAYS, RenewalLine, renewal_risk
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Schema

blueprint = Blueprint("renewals", __name__, url_prefix="/api/v1/renewal-risks", description="Contracts up for renewal")
FORMULA = "sum of weight (critical 6, major 3, minor 1) x (2 while not settled, else 1, plus 1 for each reopening), last 365 days"


class RiskArgs(Schema):
    """How far to look ahead."""

    days = fields.Integer(load_default=HORIZON_DAYS, validate=validate.Range(min=1, max=3650))


class RenewalLineOut(Schema):
    """A contract, or an account without one whose renewal is known."""

    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contract_id = fields.Integer(required=True, allow_none=True)
    contract = fields.String(required=True, allow_none=True)
    site = fields.String(required=True, allow_none=True)
    renewal_on = fields.Date(format="iso", required=True)
    value = fields.Float(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    points = fields.Integer(required=True)
    open = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    closed = fields.Integer(required=True)
    unverified = fields.Integer(required=True)
    reopened = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    harming = fields.Integer(required=True)
    unplaced = fields.Integer(
        required=True, metadata={"description": "Issues of the customer that name none of its contracts; they do not count."}
    )


class SiteLoadOut(Schema):
    """A site with everything that is about it."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    contracts = fields.Integer(required=True)
    open = fields.Integer(required=True)
    points = fields.Integer(required=True)
    next_renewal_on = fields.Date(format="iso", required=True, allow_none=True)


class RenewalRiskOut(Schema):
    """The list, the riskiest first, the load by site, and how the points are made."""

    formula = fields.String(required=True)
    items = fields.List(fields.Nested(RenewalLineOut), required=True)
    sites = fields.List(fields.Nested(SiteLoadOut), required=True)


@blueprint.route("")
class RenewalRisks(MethodView):
    """Which renewals are at risk."""

    @requires("account.read")
    @blueprint.arguments(RiskArgs, location="query")
    @blueprint.response(200, RenewalRiskOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """See which contracts come up for renewal, ranked by the weight of their issues"""
        found = renewal_risk(current_viewer(), days=args["days"])
        return {"formula": FORMULA, "items": [_present(line) for line in found.lines], "sites": found.sites}


def _present(line: RenewalLine) -> dict[str, Any]:
    names = [name for name in RenewalLineOut._declared_fields if name != "open"]
    return {name: getattr(line, name) for name in names} | {"open": {key.value: count for key, count in line.open.items()}}
