"""What the API of invitations takes and gives."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from feedback.surveys.rules import InvitationState, SkipReason
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.web.schemas import Instant, Schema, Text

LONGEST_DELAY = 24 * 365  # hours


class InvitationIn(Schema):
    """Whom to ask."""

    account_external_id = Text(required=True)
    contact_external_id = Text(required=True)
    survey = Text(load_default=DEFAULT_SURVEY)
    send = fields.Boolean(load_default=False, truthy={True}, falsy={False}, metadata={"description": "Ask by mail."})
    delay_hours = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=0, max=LONGEST_DELAY),
        metadata={"description": "With `send`: so long after now at the earliest."},
    )

    qr = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(["svg", "png"]),
        metadata={"description": "Without `send`: the link as a QR code too."},
    )

    @validates_schema
    def _check_delay(self, data: dict[str, Any], **_: Any) -> None:
        if data["qr"] and data["send"]:
            raise ValidationError({"qr": ["A mail holds the link already; a code is made of a link that you hand over."]})
        if data["delay_hours"] and not data["send"]:
            raise ValidationError({"delay_hours": ["A link that you hand over cannot be delayed: say 'send': true."]})


class InvitationOut(Schema):
    """A new invitation. `url` and `qr` are shown this once: only a digest of the token is stored. `reason`: why it is skipped.

    `qr` is an address of the form `data:image/svg+xml;base64,…` or `data:image/png;base64,…`.
    """

    id = fields.Integer(required=True)
    url = fields.Url(required=True, allow_none=True, schemes={"http", "https"}, require_tld=False)
    qr = fields.String(required=True, allow_none=True)
    state = fields.Enum(InvitationState, by_value=True, required=True)
    reason = fields.Enum(SkipReason, by_value=True, required=True, allow_none=True)
    send_at = Instant(required=True, allow_none=True)
