"""What the API of connectors and embed keys takes and gives."""

from typing import Any

from marshmallow import fields, validate

from feedback.inlets.rules.kinds import ConnectorKind, EventState, Scheme, Trouble
from feedback.inlets.rules.shapes import FIELDS, MAX_REFERENCE
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.web.schemas import Instant, PageArgs, QueryId, Schema, Text

_MAPPING = {
    "description": "Where each field of an answer stands in an event: `/a/json/pointer`, `hidden:name`, `field:reference` or "
    "`=text`; laid over what is usual for the kind. An empty text takes a field out."
}


def _yes_or_no(**options: Any) -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, **options)


def _optional(limit: int = 255) -> Text:
    return Text(limit=limit, allow_none=True)


class ConnectorChangeIn(Schema):
    """What can be changed about a connector."""

    name = Text()
    header = Text(allow_none=True, metadata={"description": "Name of the header with the signature, for `hmac_header`."})
    api_key = Text(allow_none=True, metadata={"description": "SurveyMonkey's client id."})
    api_token = Text(
        limit=1000, metadata={"description": "To fetch answers of which events only hold the id. Never shown again."}
    )
    api_address = _optional()
    mapping = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)), values=Text(limit=MAX_REFERENCE, empty=True), metadata=_MAPPING
    )
    versions = fields.List(Text(limit=50), validate=validate.Length(max=20))
    survey = Text()
    create_accounts = _yes_or_no(metadata={"description": "Whether an unknown account is added instead of going to quarantine."})
    active = _yes_or_no()


class ConnectorIn(ConnectorChangeIn):
    """A new connector."""

    code = Text(required=True, limit=60)
    name = Text(required=True)
    kind = fields.Enum(ConnectorKind, by_value=True, required=True)
    scheme = fields.Enum(Scheme, by_value=True, metadata={"description": "How a sender of the generic shape signs."})
    secret = Text(limit=1000, metadata={"description": "The one that the vendor shows; without it one is made."})
    survey = Text(load_default=DEFAULT_SURVEY)


class SecretIn(Schema):
    """A new secret; without one it is made."""

    secret = Text(limit=1000, load_default=None, allow_none=True)


class ConnectorOut(Schema):
    """A connector. Secrets and tokens are never among it."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.Enum(ConnectorKind, by_value=True, required=True)
    scheme = fields.Enum(Scheme, by_value=True, required=True)
    address = fields.String(required=True)
    header = fields.String(required=True, allow_none=True)
    api_key = fields.String(required=True, allow_none=True)
    api_address = fields.String(required=True, allow_none=True)
    has_api_token = fields.Boolean(required=True)
    mapping = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    versions = fields.List(fields.String(), required=True)
    survey = fields.String(required=True)
    create_accounts = fields.Boolean(required=True)
    active = fields.Boolean(required=True)
    refused = fields.Integer(required=True, metadata={"description": "Deliveries without a right signature."})
    last_refused_at = Instant(required=True, allow_none=True)
    events = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": "By state."})
    created_by = fields.String(required=True)
    created_at = Instant(required=True)


class ConnectorListOut(Schema):
    """All connectors: there are few."""

    items = fields.List(fields.Nested(ConnectorOut), required=True)


class NewConnectorOut(ConnectorOut):
    """A new connector with its secret, which is shown this once."""

    secret = fields.String(required=True, allow_none=True)


class SecretOut(Schema):
    """A new secret, shown this once; the one before is believed for another day."""

    secret = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)


class TrialIn(Schema):
    """An event, pasted, to see how it would be read."""

    sample = Text(required=True, limit=262_144)
    content_type = Text(load_default="application/json")
    mapping = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)),
        values=Text(limit=MAX_REFERENCE, empty=True),
        metadata={"description": "Instead of the connector's, to try a change before it is made."},
    )


class TrialOut(Schema):
    """How an event would be read. Nothing is stored."""

    verdict = fields.String(required=True, validate=validate.OneOf(["answer", "needs_fetching", "ignored", "quarantined"]))
    said = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    trouble = fields.Enum(Trouble, by_value=True, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class InboundListArgs(PageArgs):
    """Which events to list."""

    state = fields.Enum(EventState, by_value=True, load_default=None)
    connector_id = QueryId(load_default=None)


class InboundEventOut(Schema):
    """What a connector received."""

    id = fields.Integer(required=True)
    connector_id = fields.Integer(required=True)
    connector = fields.String(required=True)
    state = fields.Enum(EventState, by_value=True, required=True)
    trouble = fields.Enum(Trouble, by_value=True, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    event_id = fields.String(required=True, allow_none=True)
    answer_id = fields.String(required=True, allow_none=True)
    response_id = fields.Integer(required=True, allow_none=True)
    received_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)


class OneInboundEventOut(InboundEventOut):
    """One event with its body, as it came."""

    content_type = fields.String(required=True)
    body = fields.String(required=True, allow_none=True)


class InboundReplayIn(Schema):
    """Which events in quarantine to look into again: at most a thousand at once."""

    connector_id = fields.Integer(strict=True, load_default=None, allow_none=True)


class ReplayedOut(Schema):
    """What became of them, by state."""

    states = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class EmbedKeyIn(Schema):
    """A new key of embedded forms."""

    name = Text(required=True)
    survey = Text(load_default=DEFAULT_SURVEY)
    origins = fields.List(
        Text(limit=200),
        required=True,
        validate=validate.Length(min=1, max=20),
        metadata={"description": "Sites that may show the form, each as https://host."},
    )


class EmbedKeyOut(Schema):
    """A key of embedded forms."""

    id = fields.Integer(required=True)
    public_id = fields.String(required=True)
    name = fields.String(required=True)
    survey = fields.String(required=True)
    origins = fields.List(fields.String(), required=True)
    created_by = fields.String(required=True)
    created_at = Instant(required=True)
    revoked_at = Instant(required=True, allow_none=True)


class NewEmbedKeyOut(EmbedKeyOut):
    """A new key with its secret, which is shown this once."""

    secret = fields.String(required=True, allow_none=True)


class EmbedKeyListOut(Schema):
    """All keys, the newest first."""

    items = fields.List(fields.Nested(EmbedKeyOut), required=True)
