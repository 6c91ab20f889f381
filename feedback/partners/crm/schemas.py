"""What the API of CRM connections takes and gives."""

from typing import Any

from marshmallow import fields, validate

from feedback.partners.crm.connections import OWNABLE
from feedback.partners.crm.rules import Kind, RunState, Side, Vendor
from feedback.web.schemas import PageArgs, Schema, Text, page_of

_OWNERS = {"description": "Who wins a field: `crm` (the CRM's value is written) or `ours` (it never is). Unnamed: `crm`."}


def _yes_or_no(**options: Any) -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, **options)


class CrmChangeIn(Schema):
    """What can be changed."""

    secret = Text(limit=1000, metadata={"description": "HubSpot: a private app token; Salesforce: the client secret."})
    owners = fields.Dict(
        keys=fields.String(validate=validate.OneOf(OWNABLE)), values=fields.Enum(Side, by_value=True), metadata=_OWNERS
    )
    push = _yes_or_no(metadata={"description": "Whether standing, play and reason are written to the CRM's accounts."})
    active = _yes_or_no()


class CrmIn(CrmChangeIn):
    """A new CRM."""

    code = Text(required=True, limit=40)
    vendor = fields.Enum(Vendor, by_value=True, required=True)
    address = Text(limit=500, metadata={"description": "Salesforce: the org's own, https://….my.salesforce.com."})
    client_id = Text(limit=500, allow_none=True)
    secret = Text(limit=1000, required=True)


class CrmOut(Schema):
    """A CRM. Its secret is never among it."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    vendor = fields.Enum(Vendor, by_value=True, required=True)
    address = fields.String(required=True)
    client_id = fields.String(required=True, allow_none=True)
    owners = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    push = fields.Boolean(required=True)
    active = fields.Boolean(required=True)
    pushed_to = fields.AwareDateTime(required=True, allow_none=True)
    wait_until = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class CrmListOut(Schema):
    """All of them."""

    items = fields.List(fields.Nested(CrmOut), required=True)


class CrmRunIn(Schema):
    """A run."""

    dry = _yes_or_no(load_default=False, metadata={"description": "Say what would happen, and write nothing."})


class CrmRunOut(Schema):
    """What a run did."""

    id = fields.Integer(required=True)
    dry = fields.Boolean(required=True)
    state = fields.Enum(RunState, by_value=True, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    error = fields.String(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class CrmRunListOut(Schema):
    """The newest fifty."""

    items = fields.List(fields.Nested(CrmRunOut), required=True)


class CrmConflictArgs(PageArgs):
    """Query of conflicts."""

    decided = fields.Boolean(load_default=False)


class CrmConflictOut(Schema):
    """A field about which both sides say something else."""

    id = fields.Integer(required=True)
    connection_id = fields.Integer(required=True)
    kind = fields.Enum(Kind, by_value=True, required=True)
    crm_id = fields.String(required=True)
    object_id = fields.Integer(required=True, allow_none=True)
    field = fields.String(required=True)
    ours = fields.Raw(required=True, allow_none=True)
    theirs = fields.Raw(required=True, allow_none=True)
    winner = fields.Enum(
        Side, by_value=True, required=True, metadata={"description": "Whose value holds until somebody decides."}
    )
    found_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    decision = fields.Enum(Side, by_value=True, required=True, allow_none=True)


CrmConflictPageOut = page_of(CrmConflictOut)


class CrmDecisionIn(Schema):
    """What somebody decided."""

    keep = fields.Enum(Side, by_value=True, required=True)
