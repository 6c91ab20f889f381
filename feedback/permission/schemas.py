"""What the consent calls take and answer."""

from marshmallow import fields

from feedback.permission.rules import Channel, Consent, ConsentAction, Purpose
from feedback.web.schemas import LONG_TEXT, Id, Instant, Schema, Text

# a day alone would leave open which of two words of that day was the last
_A_MOMENT = "Say the moment with its offset, such as 2026-05-03T10:00:00+02:00; a day alone is not enough."


class ConsentIn(Schema):
    """One statement of a contact."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    action = fields.Enum(ConsentAction, by_value=True, required=True)
    basis = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "On what it rests. `objection_withdrawn`, with evidence, takes an earlier objection back."},
    )
    evidence = Text(load_default=None, allow_none=True, limit=LONG_TEXT, metadata={"description": "How it can be shown."})
    occurred_at = Instant(
        format="iso",
        required=True,
        error_messages=dict.fromkeys(("invalid", "invalid_awareness"), _A_MOMENT),
        metadata={"description": "When it was said, with the time of day and its offset; not in the future."},
    )
    valid_until = Instant(
        format="iso", load_default=None, allow_none=True, metadata={"description": "When a yes ends; null: see the policies."}
    )
    notice_id = Id(load_default=None, allow_none=True, metadata={"description": "The notice that the contact was shown."})
    captured_via = Text(load_default=None, allow_none=True, limit=40, metadata={"description": "A call, a form, a portal …"})


class ConsentEventOut(Schema):
    """One line of the ledger."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    action = fields.Enum(ConsentAction, by_value=True, required=True)
    basis = fields.String(required=True, allow_none=True)
    evidence = fields.String(required=True, allow_none=True)
    occurred_at = fields.DateTime(format="iso", required=True)
    recorded_at = fields.DateTime(format="iso", required=True)
    recorded_by = fields.String(required=True)
    valid_until = fields.DateTime(format="iso", required=True, allow_none=True)
    notice_id = fields.Integer(required=True, allow_none=True)
    wording_hash = fields.String(required=True, allow_none=True)
    captured_via = fields.String(required=True, allow_none=True)


class RecordedConsentOut(ConsentEventOut):
    """The statement, and the state it leaves."""

    state = fields.Enum(Consent, by_value=True, required=True, metadata={"description": "What the gate reads from now on."})


class ConsentStateOut(Schema):
    """What the history of one purpose and channel amounts to."""

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    state = fields.Enum(Consent, by_value=True, required=True)
    since = fields.DateTime(format="iso", required=True, allow_none=True)
    event_id = fields.Integer(required=True, allow_none=True)
    until = fields.DateTime(
        format="iso", required=True, allow_none=True, metadata={"description": "When it changes by itself; null: not known."}
    )
    expired_at = fields.DateTime(format="iso", required=True, allow_none=True)
    suppression_id = fields.Integer(required=True, allow_none=True, metadata={"description": "The stop list decided."})
    policy_id = fields.Integer(required=True, allow_none=True, metadata={"description": "A country's policy decided."})


class ConsentPageOut(Schema):
    """States, and the ledger newest first. A purpose and channel without a line is `not_recorded`."""

    states = fields.List(fields.Nested(ConsentStateOut), required=True)
    items = fields.List(fields.Nested(ConsentEventOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class LookupOut(Schema):
    """Somebody looked."""

    at = fields.DateTime(format="iso", required=True)
    actor = fields.String(required=True)
    what = fields.String(required=True, metadata={"description": "`ledger`, `receipt` or `file`."})


class LookupsOut(Schema):
    """The last 200 looks."""

    items = fields.List(fields.Nested(LookupOut), required=True)
