"""/api/v1/privacy-notices and /api/v1/country-policies: on what we may rest, and what people are told."""

from typing import Any

from flask.views import MethodView
from marshmallow import ValidationError, fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.importing import columns as parse
from feedback.permission import countries, notices
from feedback.permission.countries import PolicyDraft
from feedback.permission.grounds import EVERYWHERE
from feedback.permission.rules import Channel, LawfulStance, Purpose
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.languages import LANGUAGES
from feedback.web.schemas import LONG_TEXT, Id, Instant, Schema, Text

notices_blueprint = Blueprint(
    "privacy-notices", __name__, url_prefix="/api/v1/privacy-notices", description="What people are told"
)
blueprint = Blueprint("country-policies", __name__, url_prefix="/api/v1/country-policies", description="What each country allows")


class PrivacyNoticeIn(Schema):
    """A wording."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    locale = fields.String(required=True, validate=validate.OneOf(list(LANGUAGES)))
    text = Text(required=True, limit=LONG_TEXT)
    effective_at = Instant(format="iso", load_default=None, allow_none=True)


class PrivacyNoticeOut(Schema):
    """A wording with its number; none is ever changed."""

    id = fields.Integer(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    locale = fields.String(required=True)
    number = fields.Integer(required=True, metadata={"description": "The version: 1 is the first of its purpose and language."})
    text = fields.String(required=True)
    wording_hash = fields.String(required=True, metadata={"description": "SHA-256 of the words."})
    effective_at = fields.DateTime(format="iso", required=True)
    created_by = fields.String(required=True)
    created_at = fields.DateTime(format="iso", required=True)


class PrivacyNoticesArgs(Schema):
    """Query of the list."""

    purpose = fields.Enum(Purpose, by_value=True, load_default=None)


class PrivacyNoticesOut(Schema):
    """All wordings."""

    items = fields.List(fields.Nested(PrivacyNoticeOut), required=True)


class Country(fields.String):
    """A country's code of two letters, or "*" for everywhere."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **options)).strip()
        if text == EVERYWHERE:
            return text
        try:
            return parse.country(text)
        except ValueError as error:
            raise ValidationError(f"It {error}.") from error


class CountryPolicyIn(Schema):
    """A row that is put forward."""

    country = Country(required=True, metadata={"description": "ISO 3166-1 alpha-2, or * for everywhere."})
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, load_default=None, allow_none=True)
    stance = fields.Enum(LawfulStance, by_value=True, required=True)
    max_age_days = fields.Integer(
        strict=True,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=36500),
        metadata={"description": "How long a yes holds there; null: until it is withdrawn."},
    )
    notice_id = Id(load_default=None, allow_none=True)
    reason = Text(required=True, limit=LONG_TEXT, metadata={"description": "On what law or opinion it rests."})
    effective_at = Instant(format="iso", load_default=None, allow_none=True)


class CountryPolicyDecisionIn(Schema):
    """Whether somebody else agrees."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})


class CountryPolicyOut(Schema):
    """A row of the countries' policies."""

    id = fields.Integer(required=True)
    country = fields.String(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True, allow_none=True)
    stance = fields.Enum(LawfulStance, by_value=True, required=True)
    max_age_days = fields.Integer(required=True, allow_none=True)
    notice_id = fields.Integer(required=True, allow_none=True)
    reason = fields.String(required=True)
    effective_at = fields.DateTime(format="iso", required=True)
    proposed_by = fields.String(required=True)
    proposed_at = fields.DateTime(format="iso", required=True)
    approved_by = fields.String(required=True, allow_none=True)
    approved_at = fields.DateTime(format="iso", required=True, allow_none=True)
    declined_by = fields.String(required=True, allow_none=True)
    declined_at = fields.DateTime(format="iso", required=True, allow_none=True)


class CountryPoliciesOut(Schema):
    """All rows, the newest first."""

    items = fields.List(fields.Nested(CountryPolicyOut), required=True)


@notices_blueprint.route("")
class Notices(MethodView):
    """The wordings."""

    @requires("ground.read")
    @notices_blueprint.arguments(PrivacyNoticesArgs, location="query")
    @notices_blueprint.response(200, PrivacyNoticesOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """What people are and were told"""
        return {"items": notices.list_notices(query["purpose"])}

    @requires("ground.write")
    @notices_blueprint.arguments(PrivacyNoticeIn)
    @notices_blueprint.response(201, PrivacyNoticeOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Publish a new wording"""
        with transaction():
            return notices.publish_notice(
                body["purpose"],
                body["locale"],
                body["text"],
                actor=current_viewer().actor,
                effective_at=body["effective_at"],
            )


@blueprint.route("")
class CountryPolicies(MethodView):
    """The table."""

    @requires("ground.read")
    @blueprint.response(200, CountryPoliciesOut)
    def get(self) -> dict[str, Any]:
        """What each country allows, allowed, and what waits for a second person"""
        return {"items": countries.list_policies()}

    @requires("ground.write")
    @blueprint.arguments(CountryPolicyIn)
    @blueprint.response(201, CountryPolicyOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Put a row forward; one that loosens nothing holds at once"""
        with transaction():
            return countries.propose_policy(PolicyDraft(**body), actor=current_viewer().actor)


@blueprint.route("/<int:country_policy_id>/decision")
class CountryPolicyDecision(MethodView):
    """The second person."""

    @requires("ground.write")
    @blueprint.arguments(CountryPolicyDecisionIn)
    @blueprint.response(200, CountryPolicyOut)
    def put(self, body: dict[str, Any], country_policy_id: int) -> Any:
        """Agree to somebody else's row, or turn it down"""
        with transaction():
            return countries.decide_policy(country_policy_id, approve=body["approve"], actor=current_viewer().actor)
