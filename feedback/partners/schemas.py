"""What the API of webhooks takes and gives."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from feedback.partners.rules.delivering import DeliveryState, HookState, OffReason
from feedback.partners.rules.news import SUBSCRIBABLE, NewsType
from feedback.web.schemas import Instant, PageArgs, QueryId, Schema, Text, page_of

_EVENTS = {"description": "What it is told: " + ", ".join(f"`{kind.value}`" for kind in SUBSCRIBABLE) + "."}
_DETAILS = {"description": "Whether payloads name the account and tell scores; otherwise they hold ids and enumerations only."}


def _yes_or_no(**options: Any) -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, **options)


def _events(**options: Any) -> fields.List[Any]:
    kind = fields.Enum(NewsType, by_value=True, validate=validate.OneOf(SUBSCRIBABLE))
    return fields.List(kind, validate=validate.Length(min=1, max=len(SUBSCRIBABLE)), metadata=_EVENTS, **options)


class WebhookChangeIn(Schema):
    """What can be changed about a webhook."""

    url = Text(limit=1000, metadata={"description": "https://…; what it leads to inside our own network is refused."})
    events = _events()
    description = Text(empty=True)
    details = _yes_or_no(metadata=_DETAILS)
    active = _yes_or_no(metadata={"description": "False pauses it. What it misses meanwhile can be replayed."})


class WebhookIn(WebhookChangeIn):
    """A new webhook."""

    url = Text(limit=1000, required=True)
    events = _events(required=True)


class WebhookOut(Schema):
    """A webhook. Its secret is never among it."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    events = fields.List(fields.String(), required=True, metadata=_EVENTS)
    details = fields.Boolean(required=True)
    state = fields.Enum(HookState, by_value=True, required=True)
    off_reason = fields.Enum(
        OffReason,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "Why we switched it off: it answered 410, or took nothing for three days."},
    )
    failing_since = fields.AwareDateTime(required=True, allow_none=True)
    last_taken_at = fields.AwareDateTime(required=True, allow_none=True)
    old_secret_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "Until then we sign with the secret before, too."}
    )
    deliveries = fields.Dict(
        keys=fields.Enum(DeliveryState, by_value=True),
        values=fields.Integer(),
        required=True,
        metadata={"description": "How many are in each state."},
    )
    created_at = fields.AwareDateTime(required=True)


class WebhookListOut(Schema):
    """All webhooks."""

    items = fields.List(fields.Nested(WebhookOut), required=True)


class NewWebhookOut(WebhookOut):
    """A webhook that was just set up."""

    secret = fields.String(required=True, allow_none=True, metadata={"description": "Shown this once."})


class WebhookSecretOut(Schema):
    """A new secret."""

    secret = fields.String(required=True, allow_none=True, metadata={"description": "Shown this once."})


class WebhookReplayIn(Schema):
    """Which time to send again."""

    since = Instant(required=True)
    until = Instant(required=True, metadata={"description": "Exclusive."})
    events = fields.List(
        fields.Enum(NewsType, by_value=True), load_default=[], metadata={"description": "Only these; none: all that it is told."}
    )

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_options: object) -> None:
        if data["since"] >= data["until"]:
            raise ValidationError({"until": ["Must come after `since`."]})


class WebhookReplayOut(Schema):
    """What a replay put into the queue."""

    deliveries = fields.Integer(required=True)


class WebhookDeliveryArgs(PageArgs):
    """Query of the log."""

    webhook_id = QueryId(load_default=None)
    state = fields.Enum(DeliveryState, by_value=True, load_default=None)
    type = fields.Enum(NewsType, by_value=True, load_default=None)
    account_id = QueryId(load_default=None)


class WebhookDeliveryOut(Schema):
    """One piece of news on its way to one webhook."""

    id = fields.Integer(required=True)
    webhook_id = fields.Integer(required=True)
    message_id = fields.String(
        required=True, attribute="public_id", metadata={"description": "The header `webhook-id`, the same with each try."}
    )
    type = fields.Enum(NewsType, by_value=True, required=True)
    account_id = fields.Integer(required=True, allow_none=True)
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    attempts = fields.Integer(required=True, metadata={"description": "Since it was last put into the queue."})
    next_try_at = fields.AwareDateTime(required=True)
    occurred_at = fields.AwareDateTime(required=True)
    created_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)


WebhookDeliveryPageOut = page_of(WebhookDeliveryOut)


class WebhookAttemptOut(Schema):
    """One try."""

    at = fields.AwareDateTime(required=True)
    took_ms = fields.Integer(required=True)
    status = fields.Integer(required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True, metadata={"description": "The first kilobyte."})
    error = fields.String(required=True, allow_none=True)


class OneWebhookDeliveryOut(WebhookDeliveryOut):
    """A delivery with its payload and every try."""

    payload = fields.String(required=True, metadata={"description": "The body, as it would be sent now."})
    tries = fields.List(fields.Nested(WebhookAttemptOut), required=True)
