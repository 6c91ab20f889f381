"""GET /economics: what promoters are worth beside detractors, from the company's own accounts; estimates, and named so."""

from typing import Any

from flask import Response, stream_with_context
from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import requires
from feedback.exporting.writer import ExportFormat, export
from feedback.gate.rules import Advocacy
from feedback.issues.rules.recovery import Share
from feedback.reporting.economics.report import AccountValue, ClassLine, Economics, Value, economics
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Schema

blueprint = Blueprint("economics", __name__, url_prefix="/api/v1/economics", description="What a promoter is worth")


class ShareOut(Schema):
    """A share with Wilson's 95 % interval; null of nobody."""

    hits = fields.Integer(required=True)
    n = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)


class SpreadOut(Schema):
    """A mean per account and year with its 95 % interval."""

    mean = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    n = fields.Integer(required=True)


class ClassOut(Schema):
    """A class on the first day of the year, and what became of it."""

    band = fields.Enum(Advocacy, by_value=True, required=True)
    retention = fields.Nested(ShareOut, required=True)
    losses = fields.Integer(required=True)
    money = fields.Nested(SpreadOut, required=True, allow_none=True)
    lifetime_value = fields.Float(
        required=True, allow_none=True, metadata={"description": "null below 30 accounts with known money and 10 losses."}
    )


class RatioOut(Schema):
    """Lifetime value of a promoter over that of a detractor."""

    ratio = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    method = fields.String(required=True, metadata={"description": "`delta`, or `bca` for few or skewed accounts."})


class WorthOut(Schema):
    """What the values below are reckoned with."""

    low = fields.Float(required=True)
    high = fields.Float(required=True)
    own = fields.Boolean(required=True, metadata={"description": "false: the range that the literature reports."})


class AssumptionsOut(Schema):
    """What was assumed."""

    margin = fields.Float(required=True, allow_none=True, metadata={"description": "null: all money is revenue."})
    discount = fields.Float(required=True)
    retention = fields.Float(required=True, metadata={"description": "Of detractors."})
    own_retention = fields.Boolean(required=True)
    currency = fields.String(required=True)


class AccountValueOut(Schema):
    """An account and its lifetime value as a detractor."""

    account_id = fields.Integer(required=True, attribute="id")
    account = fields.String(required=True, attribute="name")
    money = fields.Float(required=True, metadata={"description": "Of a year."})
    base = fields.Float(required=True)


class ValueOut(Schema):
    """An estimate as a range, with the ten largest accounts in it."""

    low = fields.Float(required=True)
    high = fields.Float(required=True)
    count = fields.Integer(required=True)
    left_out = fields.Integer(required=True, metadata={"description": "Accounts whose money is not known; they are left out."})
    accounts = fields.List(fields.Nested(AccountValueOut), required=True)


class RecoveredOut(ValueOut):
    """The same of accounts that are no detractors any more: an upper bound, as if every one had come back for what we did."""

    claim = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The part that goes beyond what comes back by itself, 0…1; null where too few say."},
    )


class ReferralsOut(Schema):
    """Customers won in the year on a recommendation."""

    won = fields.Integer(required=True)
    by_class = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    money = fields.Float(required=True)
    promoters = fields.Nested(ShareOut, required=True)


class ConversionOut(Schema):
    """Sales contacts of our own accord under a decision, by the standing that it saw."""

    band = fields.Enum(Advocacy, by_value=True, required=True)
    sold = fields.Nested(ShareOut, required=True)


class EconomicsOut(Schema):
    """The report; money in the installation's currency, per year where nothing else is said."""

    start = fields.Date(required=True)
    end = fields.Date(required=True, metadata={"description": "Excluded."})
    classes = fields.List(fields.Nested(ClassOut), required=True)
    ratio = fields.Nested(RatioOut, required=True, allow_none=True)
    worth = fields.Nested(WorthOut, required=True)
    assumptions = fields.Nested(AssumptionsOut, required=True)
    unclassified = fields.Integer(required=True)
    unknown_end = fields.Integer(required=True)
    referrals = fields.Nested(ReferralsOut, required=True)
    conversion = fields.List(fields.Nested(ConversionOut), required=True)
    value_at_stake = fields.Nested(ValueOut, required=True)
    value_recovered = fields.Nested(RecoveredOut, required=True)


SHOWN = 10


@blueprint.route("")
class Report(MethodView):
    """The report."""

    @requires("report.read")
    @blueprint.response(200, EconomicsOut)
    def get(self) -> dict[str, Any]:
        """Retention, money, referrals and conversion of promoters, passives and detractors; value at stake and recovered"""
        return _document(economics())


@blueprint.route("/at-stake/export")
class AtStakeExport(MethodView):
    """All accounts behind the value at stake."""

    @requires("report.read")
    @blueprint.response(200, content_type="text/csv", description="The accounts behind the value at stake.")
    def get(self) -> Response:
        """Export the accounts behind the value at stake as CSV"""
        found = economics()
        rows = (_row(one, found) for one in found.at_stake.accounts)
        header = ["account_id", "account", "money_per_year", "at_stake_low", "at_stake_high", "currency"]
        response = Response(stream_with_context(iter(export(ExportFormat.CSV, header, rows))), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="value-at-stake.csv"'
        return response


def _row(one: AccountValue, found: Economics) -> list[Any]:
    low, high = (max(0.0, one.base * (index - 1)) for index in (found.worth.low, found.worth.high))
    return [one.id, one.name, round(one.money, 2), round(low, 2), round(high, 2), found.assumptions.currency]


def _document(found: Economics) -> dict[str, Any]:
    referrals, plain = found.referrals, ("start", "end", "ratio", "worth", "assumptions", "unclassified", "unknown_end")
    return {
        **{name: getattr(found, name) for name in plain},
        "classes": [_class(line) for line in found.lines],
        "referrals": {
            "won": referrals.won,
            "by_class": {band.value: count for band, count in referrals.by_class.items()},
            "money": referrals.money,
            "promoters": _share(referrals.promoters),
        },
        "conversion": [{"band": band, "sold": _share(share)} for band, share in found.conversion.items()],
        "value_at_stake": _value(found.at_stake),
        "value_recovered": _value(found.recovered.value) | {"claim": found.recovered.claim},
    }


def _class(line: ClassLine) -> dict[str, Any]:
    named = {"band": line.band, "losses": line.losses, "money": line.money, "lifetime_value": line.value}
    return named | {"retention": _share(line.retention)}


def _value(found: Value) -> dict[str, Any]:
    named = {"low": found.low, "high": found.high, "left_out": found.unknown}
    return named | {"count": len(found.accounts), "accounts": found.accounts[:SHOWN]}


def _share(found: Share) -> dict[str, Any]:
    low, high = found.interval or (None, None)
    return {"hits": found.hits, "n": found.n, "share": found.share, "ci_low": low, "ci_high": high}
