"""What the calls about policies take and answer."""

from marshmallow import fields, validate

from feedback.gate.governing.models import DraftState
from feedback.gate.governing.rules import RANGES
from feedback.web.schemas import LONG_TEXT, PageArgs, Schema, Text


class RowChangeIn(Schema):
    """What a row says instead."""

    stance = fields.String()
    play = fields.String()


class PolicyChangesIn(Schema):
    """The difference to the policy that counts now."""

    limits = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(RANGES))),
        values=fields.Float(),
        metadata={"description": "Numbers by name: " + ", ".join(RANGES) + "."},
    )
    rows = fields.Dict(
        keys=fields.String(), values=fields.Nested(RowChangeIn), metadata={"description": "Row id → its stance or play instead."}
    )


class DraftIn(Schema):
    """A policy that somebody wants."""

    title = Text(required=True)
    why = Text(required=True, limit=LONG_TEXT)
    changes = fields.Nested(PolicyChangesIn, required=True)


class DraftChangeIn(Schema):
    """Other words or other contents."""

    title = Text()
    why = Text(limit=LONG_TEXT)
    changes = fields.Nested(PolicyChangesIn)


class DraftListArgs(PageArgs):
    """Query of the list."""

    state = fields.Enum(DraftState, by_value=True, load_default=None)


class DraftDecisionIn(Schema):
    """A second person's word; a no says what has to be changed."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(limit=LONG_TEXT, empty=True, load_default="")


class DifferenceOut(Schema):
    """One thing that the draft says otherwise."""

    name = fields.String(required=True, metadata={"description": "A setting, or a row with what changes of it: `R11.stance`."})
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class DraftOut(Schema):
    """A draft, or a policy that came from one."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    why = fields.String(required=True)
    state = fields.Enum(DraftState, by_value=True, required=True)
    author = fields.String(required=True)
    author_id = fields.Integer(required=True, metadata={"description": "Somebody else decides about the draft."})
    created_at = fields.DateTime(format="iso", required=True)
    changed_at = fields.DateTime(format="iso", required=True)
    simulated_at = fields.DateTime(format="iso", required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = fields.DateTime(format="iso", required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    active_from = fields.DateTime(format="iso", required=True, allow_none=True)
    active_until = fields.DateTime(format="iso", required=True, allow_none=True)


class DraftDetailOut(DraftOut):
    """A draft with its content, its differences, and what it would change."""

    content = fields.Dict(required=True)
    differences = fields.List(
        fields.Nested(DifferenceOut),
        required=True,
        metadata={"description": "To the policy that counts now; of one that was active to what counted before."},
    )
    simulation = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "`changes`, `by` play, segment and owner and `listed` (up to 2,000, those that open or close first, "
            "by revenue) are about the accounts of today; `decisions` of the last 90 days; `sales` of a year, also `by_play`."
        },
    )
    outdated = fields.Boolean(
        required=True, metadata={"description": "Simulated against a policy that does not count any more: simulate it again."}
    )


class ActivePolicyOut(Schema):
    """The policy that counts now."""

    version = fields.String(required=True, metadata={"description": "What decisions name as `policy_version`."})
    draft_id = fields.Integer(required=True, allow_none=True, metadata={"description": "null: the installation's settings."})
    content = fields.Dict(required=True)
