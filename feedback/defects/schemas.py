"""What the API of defects and NPS takes and answers."""

from datetime import date
from typing import Any

import marshmallow as ma
from flask_babel import gettext as _
from marshmallow import fields, validate

from feedback.defects.rules import Adjustment, DefectCategory, NpsGroup, NpsWeighting, RankingOrder
from feedback.web.schemas import Schema, Text, TextByLanguage

_CODE = validate.Regexp(r"^[^\s:;,]+\Z", error="A code has no spaces and none of : ; ,")


class Month(fields.Date):
    """The first day of a UTC month."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:
        if not isinstance(value, str) or len(value) != len("2026-05-01"):  # strptime is content with 2026-5-1
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        day: date = super()._deserialize(value, attr, data, **options)
        if day.day != 1:
            start = day.replace(day=1).isoformat()
            raise ma.ValidationError(
                _("Figures are kept by whole UTC months: send the first day of a month, such as %(example)s.", example=start)
            )
        return day


class _Adjustments(fields.String):
    """Names separated by commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> frozenset[Adjustment]:  # type: ignore[override]
        names = [name.strip() for name in str(value).split(",")]
        unknown = [name for name in names if name not in set(Adjustment)]
        if unknown:
            allowed = ", ".join(Adjustment)
            raise ma.ValidationError(_("Choose from %(allowed)s, separated by commas.", allowed=allowed))
        return frozenset(map(Adjustment, names))


class FilterArgs(Schema):
    """Which answers."""

    start = Month(data_key="from", load_default=None, metadata={"description": "First month, inclusive, as 2023-01-01."})
    stop = Month(data_key="to", load_default=None, metadata={"description": "First month that is left out, as 2024-01-01."})
    survey = Text(load_default=None, metadata={"description": "Code of a survey program."})
    segment = Text(load_default=None, metadata={"description": "Segment that the answer carries since it arrived."})
    region = Text(load_default=None, metadata={"description": "Region that the answer carries since it arrived."})

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_options: Any) -> None:
        if data.get("start") and data.get("stop") and data["start"] >= data["stop"]:
            raise ma.ValidationError(_("'to' is exclusive and must be a later month than 'from'."), "to")


class RankingArgs(FilterArgs):
    """Query of the ranking."""

    category = fields.Enum(DefectCategory, by_value=True, load_default=None)
    weighting = fields.String(load_default="responses", validate=validate.OneOf([NpsWeighting.RESPONSES.value]))
    order = fields.Enum(RankingOrder, by_value=True, load_default=RankingOrder.POINTS_LOST)
    adjust = _Adjustments(
        load_default=frozenset(), metadata={"description": "Held constant in the fit: any of segment,month,role."}
    )


class NpsArgs(FilterArgs):
    """Query of NPS."""

    group_by = fields.Enum(NpsGroup, by_value=True, load_default=None)
    weighting = fields.Enum(NpsWeighting, by_value=True, load_default=NpsWeighting.RESPONSES)


def _figure(description: str) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata={"description": description})


class RankedDefectOut(Schema):
    """One row of the ranking; null where a figure cannot be said."""

    rank = fields.Integer(required=True)
    defect = fields.String(required=True)
    name = fields.String(required=True)
    category = fields.Enum(DefectCategory, by_value=True, required=True)
    n = fields.Integer(required=True, metadata={"description": "Answers that cite it."})
    accounts = fields.Integer(required=True, metadata={"description": "Active accounts that cite it."})
    frequency = fields.Float(required=True, metadata={"description": "Share of the answers."})
    base_frequency = _figure("Share of the active accounts.")
    correlation = _figure("Point-biserial r of presence with the score; harm is negative.")
    correlation_ci_low = _figure("Lower end of its 95 % interval.")
    correlation_ci_high = _figure("Upper end of its 95 % interval.")
    nps_gap = _figure("NPS without it minus NPS with it.")
    points_lost = _figure("NPS points lost, other defects equal; null when provisional or not separable.")
    points_lost_ci_low = _figure("Lower end of its 95 % interval.")
    points_lost_ci_high = _figure("Upper end of its 95 % interval.")
    points_lost_unadjusted = _figure("NPS without it minus NPS of all.")
    p_value = _figure("Two-sided normal test of the coefficient.")
    q_value = _figure("Benjamini-Hochberg over the fitted defects.")
    design_effect = _figure("Factor on the classical error for clustering by account; null when not computed yet.")
    revenue_affected = fields.Float(
        required=True,
        metadata={
            "description": "Annual revenue of the accounts that cite it, in the installation's currency; accounts in a currency "
            "without an exchange rate are left out."
        },
    )
    provisional = fields.Boolean(required=True, metadata={"description": "Too few answers or accounts for the fit."})
    not_separable = fields.Boolean(required=True, metadata={"description": "Always cited as others predict: no own coefficient."})
    rare_but_severe = fields.Boolean(required=True, metadata={"description": "Provisional, but with a gap of 60 points or more."})
    established = fields.Boolean(required=True, metadata={"description": "Harm with q of at most 0.10."})


class SurveyShareOut(Schema):
    """Answers of one survey within a figure."""

    survey = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "`relationship` or `transactional`."})
    n = fields.Integer(required=True)


class _OfSurveys(Schema):
    surveys = fields.List(
        fields.Nested(SurveyShareOut), required=True, metadata={"description": "Whose answers are in it, the most first."}
    )
    blended = fields.Boolean(
        required=True,
        metadata={"description": "Relationship and transactional answers in one figure: name a `survey` to keep them apart."},
    )


class RankingOut(_OfSurveys):
    """The ranking and the NPS it explains."""

    n = fields.Integer(required=True)
    nps = _figure("NPS of the answers, in points.")
    nps_ci_low = _figure("Lower end of its adjusted-Wald 95 % interval.")
    nps_ci_high = _figure("Upper end of its adjusted-Wald 95 % interval.")
    nps_without_defects = _figure("Intercept of the fit: NPS = this − Σ points_lost.")
    se_method = fields.String(required=True, validate=validate.OneOf(["classical", "classical_times_design_effect"]))
    active_accounts = fields.Integer(required=True)
    items = fields.List(fields.Nested(RankedDefectOut), required=True)


class NpsLineOut(Schema):
    """NPS of one group."""

    group = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), required=True)
    n = fields.Integer(required=True)
    promoters = fields.Integer(required=True)
    passives = fields.Integer(required=True)
    detractors = fields.Integer(required=True)
    nps = _figure("−100…100; null without answers (or without revenue, when revenue weighs).")
    ci_low = _figure("Lower end of the 95 % interval.")
    ci_high = _figure("Upper end of the 95 % interval.")
    accounts = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Accounts heard, when accounts or revenue weigh."}
    )
    effective_accounts = _figure("How many accounts of equal weight would say as much, when accounts or revenue weigh.")
    method = fields.String(required=True, validate=validate.OneOf(["adjusted_wald", "clustered"]))


class NpsOut(_OfSurveys):
    """NPS by group."""

    items = fields.List(fields.Nested(NpsLineOut), required=True)


class DefectOut(Schema):
    """A catalogue entry."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    category = fields.Enum(DefectCategory, by_value=True, required=True)
    wording = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)


_NAME = "What pages call it where `names` has nothing in the reader's language."
_NAMES = "What pages call it, by the reader's language; what is not there is called `name`."
_WORDING = "How customers say it, by language, for the survey page."


class CreateDefectIn(Schema):
    """A new catalogue entry."""

    code = Text(limit=100, checks=[_CODE], required=True)
    category = fields.Enum(DefectCategory, by_value=True, load_default=DefectCategory.SERVICE)
    name = Text(limit=200, metadata={"description": _NAME + " Made from the code when it is missing."})
    names = TextByLanguage(_NAMES, load_default=dict)
    wording = TextByLanguage(_WORDING, load_default=dict)


class ChangeDefectIn(Schema):
    """What may change; the code stays."""

    category = fields.Enum(DefectCategory, by_value=True)
    name = Text(limit=200, metadata={"description": _NAME})
    names = TextByLanguage(_NAMES + " Sent, it replaces all of them.")
    wording = TextByLanguage(_WORDING + " Sent, it replaces all of them.")
    active = fields.Boolean(truthy={True}, falsy={False})
