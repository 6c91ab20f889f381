"""What the calls about sales plays take and answer."""

import json
from typing import Any

import marshmallow as ma
from marshmallow import fields

from feedback.selling.rules import Answer, PlayState, Trigger
from feedback.web.schemas import LONG_TEXT, PageArgs, QueryId, Schema, Text

MAX_PAYLOAD = 20_000


def _one_of(kind: type[Any], **options: Any) -> "fields.Enum[Any]":
    return fields.Enum(kind, by_value=True, **options)


def _check_size(value: dict[str, Any]) -> None:
    if len(json.dumps(value)) > MAX_PAYLOAD:
        raise ma.ValidationError("Must be shorter than 20,000 characters as JSON.")


class SalesPlayIn(Schema):
    """A suggestion to sell."""

    source = Text(required=True, metadata={"description": "The system that suggests it, such as `crm`."})
    external_id = Text(required=True, metadata={"description": "Its id there; the same one again answers what is stored."})
    account_external_id = Text(required=True)
    trigger = _one_of(Trigger, required=True)
    payload = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        validate=_check_size,
        metadata={
            "description": "Anything; it is kept. `channel`, `contact_external_id` and `product_code` are what the gate is asked "
            "about, where they name something."
        },
    )


class PlayReasonOut(Schema):
    """One reason, as a sentence in the caller's language."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class SalesPlayOut(Schema):
    """A sales play and what the screening said."""

    id = fields.Integer(required=True)
    source = fields.String(required=True)
    external_id = fields.String(required=True)
    account_id = fields.Integer(required=True)
    trigger = _one_of(Trigger, required=True)
    state = _one_of(PlayState, required=True)
    reasons = fields.List(fields.Nested(PlayReasonOut), required=True)
    play = fields.String(
        required=True, allow_none=True, metadata={"description": "What to do with the account instead, or how: the gate's play."}
    )
    decision_id = fields.Integer(required=True, allow_none=True)
    work_item_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The issue or work item that a held play was handed to."}
    )
    month = fields.Date(required=True, allow_none=True, metadata={"description": "The first day of the month that was judged."})
    baseline = fields.Dict(
        required=True, allow_none=True, metadata={"description": "What the spend monitor found, with the months of its chart."}
    )
    payload = fields.Dict(required=True)
    answer = _one_of(Answer, required=True, allow_none=True)
    answer_note = fields.String(required=True, allow_none=True)
    received_at = fields.DateTime(format="iso", required=True)
    screened_at = fields.DateTime(format="iso", required=True)
    expires_at = fields.DateTime(format="iso", required=True)


class SalesPlayListArgs(PageArgs):
    """Query of the list."""

    state = _one_of(PlayState, load_default=None)
    account_id = QueryId(load_default=None)
    source = Text(load_default=None)
    trigger = _one_of(Trigger, load_default=None)


class PlayAnswerIn(Schema):
    """Why spend fell."""

    answer = _one_of(Answer, required=True)
    note = Text(load_default=None, allow_none=True, limit=LONG_TEXT)


class PlayDismissalIn(Schema):
    """Why nothing comes of it."""

    reason = Text(required=True, limit=LONG_TEXT)
