"""/api/v1/opening-rules and /api/v1/keyword-rules: what opens issues."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.issues import opening_choices
from feedback.issues.opening_choices import KeywordDraft
from feedback.issues.rules import DEFAULTS, Severity
from feedback.issues.rules.keywords import ANY, MAX_PHRASE, MAX_PHRASES
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Instant, Schema, Text

blueprint = Blueprint("opening", __name__, url_prefix="/api/v1", description="What opens issues, and the words to listen for")
WRITE = "opening.write"


class OpeningRuleOut(Schema):
    """A rule as it holds."""

    name = fields.String(required=True, validate=validate.OneOf(tuple(DEFAULTS)))
    active = fields.Boolean(required=True)
    params = fields.Dict(required=True, metadata={"description": "What it goes by."})
    opened = fields.Integer(required=True, metadata={"description": "Issues that it opened in the last 90 days."})


class OpeningRulesOut(Schema):
    """All rules."""

    items = fields.List(fields.Nested(OpeningRuleOut), required=True)


class OpeningRuleIn(Schema):
    """What is to be different; what is left out stays."""

    active = fields.Boolean(load_default=None, truthy={True}, falsy={False})
    params = fields.Dict(keys=fields.String(), load_default=None)


@blueprint.route("/opening-rules")
class OpeningRules(MethodView):
    """What opens issues."""

    @requires(WRITE)
    @blueprint.response(200, OpeningRulesOut)
    def get(self) -> dict[str, Any]:
        """Show the rules that open issues, as they hold"""
        return {"items": opening_choices.list_opening_rules()}


@blueprint.route("/opening-rules/<string:name>")
class OneOpeningRule(MethodView):
    """One of them."""

    @requires(WRITE)
    @blueprint.arguments(OpeningRuleIn)
    @blueprint.response(200, OpeningRuleOut)
    def patch(self, body: dict[str, Any], name: str) -> Any:
        """Switch a rule on or off, or set what it goes by; issues that are open stay"""
        with transaction():
            return opening_choices.change_opening_rule(name, **body, actor=current_viewer().actor)


def _phrases(**options: Any) -> fields.Dict:
    language = fields.String(validate=validate.Regexp(rf"^({ANY}|[a-z]{{2,3}})$", error="A language such as 'en', or 'any'."))
    return fields.Dict(
        keys=language,
        values=fields.List(Text(limit=MAX_PHRASE), validate=validate.Length(max=MAX_PHRASES)),
        metadata={"description": "Words and phrases by language; `cancel*` finds every word that begins so."},
        **options,
    )


class KeywordRuleIn(Schema):
    """A rule that listens for words in comments."""

    name = Text(required=True)
    phrases = _phrases(required=True)
    severity = fields.Enum(Severity, by_value=True, load_default=Severity.MINOR)
    defect = Text(load_default=None, allow_none=True, metadata={"description": "What such an issue is about."})
    active = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class KeywordRuleOut(Schema):
    """A keyword rule."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    active = fields.Boolean(required=True)
    phrases = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    severity = fields.Enum(Severity, by_value=True, required=True)
    defect = fields.String(required=True, allow_none=True)
    updated_at = Instant(required=True)


class KeywordRulesOut(Schema):
    """All keyword rules."""

    items = fields.List(fields.Nested(KeywordRuleOut), required=True)


class PreviewIn(Schema):
    """Phrases to try."""

    phrases = _phrases(required=True)


class PreviewOut(Schema):
    """What they would have found."""

    looked_at = fields.Integer(required=True, metadata={"description": "Comments looked at, the newest first."})
    matched = fields.Integer(required=True)
    matched_above = fields.Integer(required=True, metadata={"description": "Of these with a score of 7 or more."})
    samples = fields.List(fields.String(), required=True)
    days = fields.Integer(required=True)
    limited = fields.Boolean(required=True, metadata={"description": "Whether there are more comments than were looked at."})


@blueprint.route("/keyword-rules")
class KeywordRules(MethodView):
    """Words to listen for."""

    @requires(WRITE)
    @blueprint.response(200, KeywordRulesOut)
    def get(self) -> dict[str, Any]:
        """List the keyword rules in the order in which they are tried"""
        return {"items": opening_choices.list_keywords()}

    @requires(WRITE)
    @blueprint.arguments(KeywordRuleIn)
    @blueprint.response(201, KeywordRuleOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Add a keyword rule"""
        with transaction():
            return opening_choices.save_keyword(KeywordDraft(**body), actor=current_viewer().actor)


@blueprint.route("/keyword-rules/preview")
class KeywordPreview(MethodView):
    """Trying phrases."""

    @requires(WRITE)
    @blueprint.arguments(PreviewIn)
    @blueprint.response(200, PreviewOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Try phrases on the comments of the last year; nothing is stored"""
        return opening_choices.preview_keyword(body["phrases"])


@blueprint.route("/keyword-rules/<int:rule_id>")
class OneKeywordRule(MethodView):
    """One of them."""

    @requires(WRITE)
    @blueprint.arguments(KeywordRuleIn)
    @blueprint.response(200, KeywordRuleOut)
    def put(self, body: dict[str, Any], rule_id: int) -> Any:
        """Change a keyword rule"""
        with transaction():
            return opening_choices.save_keyword(KeywordDraft(**body), actor=current_viewer().actor, rule_id=rule_id)

    @requires(WRITE)
    @blueprint.response(204)
    def delete(self, rule_id: int) -> None:
        """Remove a keyword rule; issues that it opened stay"""
        with transaction():
            opening_choices.delete_keyword(rule_id, actor=current_viewer().actor)
