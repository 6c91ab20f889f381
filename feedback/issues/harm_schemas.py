"""What the API takes about harm to the customer's own customers."""

from marshmallow import fields, validate

from feedback.kernel.db import MAX_ID
from feedback.web.schemas import LONG_TEXT, Schema, Text


class HarmIn(Schema):
    """Whether the customer's own customers suffer."""

    harms = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    count = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(min=1, max=MAX_ID))
    what = Text(load_default=None, allow_none=True, limit=LONG_TEXT)
