"""What the API of invitations takes and gives."""

from marshmallow import fields, validate

from feedback.surveys.rules import InvitationState
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.web.schemas import Schema, Text


class InvitationIn(Schema):
    """Whom to ask."""

    account_external_id = Text(required=True)
    contact_external_id = Text(required=True)
    survey = Text(load_default=DEFAULT_SURVEY)
    send = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        validate=validate.Equal(False, error="Links cannot be sent from here yet: leave 'send' out and hand over the 'url'."),
    )
    delay_hours = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Equal(0, error="Nothing is sent from here yet, so nothing can be delayed: leave 'delay_hours' out."),
    )


class InvitationOut(Schema):
    """A new invitation. `url` is shown this once: only a digest of its token is stored."""

    id = fields.Integer(required=True)
    url = fields.Url(required=True, schemes={"http", "https"}, require_tld=False)
    state = fields.Enum(InvitationState, by_value=True, required=True)
