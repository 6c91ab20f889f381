"""What the calls about sales contacts take and answer."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, Match, NotNowReason
from feedback.gate.rules import Initiation
from feedback.gate.schemas import check_selling_purpose
from feedback.permission.rules import Channel, Purpose
from feedback.web.schemas import LONG_TEXT, Id, Instant, PageArgs, QueryId, Schema, Text


def _one_of(kind: type[Any], **options: Any) -> "fields.Enum[Any]":
    return fields.Enum(kind, by_value=True, **options)


class SalesContactIn(Schema):
    """Somebody approached a customer to sell. The account is named by exactly one of its two ids."""

    account_id = Id()
    account_external_id = Text()
    contact_external_id = Text(allow_none=True)
    purpose = _one_of(Purpose, load_default=Purpose.OFFERS, validate=check_selling_purpose)
    channel = _one_of(Channel, required=True)
    initiation = _one_of(Initiation, load_default=Initiation.OUTBOUND)
    good_moment = _one_of(
        GoodMoment,
        load_default=GoodMoment.NOT_ASKED,
        metadata={"description": "The answer to “is this a good moment to talk?”. A no sets the contact's `not_now_until`."},
    )
    outcome = _one_of(ContactOutcome, required=True)
    occurred_at = Instant(format="iso", metadata={"description": "When it was, with its offset; now, unless said."})
    product_code = Text(allow_none=True)
    note = Text(allow_none=True, empty=True, limit=LONG_TEXT)
    not_now_until = fields.Date(format="iso", allow_none=True, metadata={"description": "No offers before this day."})
    not_now_reason = _one_of(NotNowReason, allow_none=True)
    user_email = fields.Email(allow_none=True, metadata={"description": "Who made it; whoever hands it in, unless said."})
    source = Text(metadata={"description": "The system it comes from, such as `crm`."})
    external_id = Text(metadata={"description": "Its id there: told again, it is kept once."})

    @ma.validates_schema
    def check_account(self, data: dict[str, Any], **_options: Any) -> None:
        """One of the two names, not both and not none."""
        if ("account_id" in data) == ("account_external_id" in data):
            raise ma.ValidationError("Name the account by account_id or by account_external_id.", "account_external_id")


class SalesContactListArgs(PageArgs):
    """Query of the list."""

    account_id = QueryId(load_default=None)
    contact_id = QueryId(load_default=None)
    user_id = QueryId(load_default=None)
    matched = _one_of(Match, load_default=None)
    since = Instant(format="iso", load_default=None, data_key="from")
    until = Instant(format="iso", load_default=None, data_key="to")


class SalesContactOut(Schema):
    """A sales contact, and how it stands to the gate's answers."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    contact = fields.String(required=True, allow_none=True)
    user_id = fields.Integer(required=True, allow_none=True)
    user = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    external_id = fields.String(required=True, allow_none=True)
    purpose = _one_of(Purpose, required=True)
    channel = _one_of(Channel, required=True)
    initiation = _one_of(Initiation, required=True)
    good_moment = _one_of(GoodMoment, required=True)
    outcome = _one_of(ContactOutcome, required=True)
    play = fields.String(required=True, allow_none=True, metadata={"description": "The play of the decision it is matched to."})
    product_code = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    decision_id = fields.Integer(required=True, allow_none=True)
    matched = _one_of(
        Match,
        required=True,
        metadata={"description": "`valid`: a live decision allowed it; `against`: it said no; `without`: none was live."},
    )
    occurred_at = fields.DateTime(format="iso", required=True)
    logged_at = fields.DateTime(format="iso", required=True)
    logged_by = fields.String(required=True)
