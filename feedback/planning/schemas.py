"""What the API of plans takes and answers."""

from typing import Any

from marshmallow import fields, validate

from feedback.gate.rules import Intent, Outcome
from feedback.issues.schemas import Moment
from feedback.permission.rules import Channel
from feedback.planning.rules.states import ConditionKind, IntentState, ObjectiveState, PeriodKind, PlanState, PromiseEnd
from feedback.web.schemas import LONG_TEXT, Id, Instant, PageArgs, QueryId, Schema, Text

MOST = 1e12


def _day(**options: Any) -> fields.Date:
    return fields.Date(format="iso", **options)


class _Seen(Schema):
    """The plan as whoever changes it saw it."""

    version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=2**31 - 1),
        metadata={"description": "The `version` of the plan that was seen; another one by now is a 409."},
    )


class SeenArgs(Schema):
    """The same in the query of a DELETE."""

    version = fields.Integer(required=True, validate=validate.Range(min=1, max=2**31 - 1))


class PlanListArgs(PageArgs):
    """Which plans."""

    account_id = QueryId(load_default=None)
    owner_id = QueryId(load_default=None)
    state = fields.Enum(PlanState, by_value=True, load_default=None)
    on = _day(load_default=None, metadata={"description": "A day that the period holds."})


class PlanIn(Schema):
    """A new plan. Of a quarter, half or year any day says which; a free period needs both days."""

    account_id = Id(required=True)
    period = fields.Enum(PeriodKind, by_value=True, required=True)
    starts_on = _day(required=True)
    ends_on = _day(load_default=None)
    note = Text(limit=LONG_TEXT, empty=True, load_default=None, allow_none=True)


class PlanChangeIn(_Seen):
    """What it is about."""

    note = Text(limit=LONG_TEXT, empty=True, allow_none=True)


class PlanMoveIn(_Seen):
    """Where it goes; closing says what came of it."""

    to = fields.Enum(PlanState, by_value=True, required=True)
    note = Text(limit=LONG_TEXT, empty=True, load_default="")


class PlanObjectiveIn(_Seen):
    """Something to reach."""

    text = Text(limit=LONG_TEXT)
    owner_id = Id(allow_none=True)
    due_on = _day(allow_none=True)
    state = fields.Enum(ObjectiveState, by_value=True)


class NewPlanObjectiveIn(PlanObjectiveIn):
    """A new one."""

    text = Text(limit=LONG_TEXT, required=True)


class NewPlanConditionIn(_Seen):
    """What must change; it ticks itself from the evidence that it names."""

    kind = fields.Enum(ConditionKind, by_value=True, required=True)
    issue_id = Id()
    defect_id = Id()
    disruption_id = Id()
    contact_id = Id()
    channel = fields.Enum(Channel, by_value=True)
    least_score = fields.Integer(strict=True, validate=validate.Range(min=7, max=10))


class PlanIntentIn(_Seen):
    """Something to sell. It permits nothing."""

    intent = fields.Enum(Intent, by_value=True)
    product = Text()
    note = Text(limit=LONG_TEXT, empty=True, allow_none=True)
    amount = fields.Float(
        allow_none=True,
        allow_nan=False,
        validate=validate.Range(min=0.01, max=MOST),
        metadata={"description": "What it is worth."},
    )
    currency = fields.String(validate=validate.Regexp(r"[A-Z]{3}\Z", error="Write three capital letters, such as EUR."))
    due_on = _day(allow_none=True)
    state = fields.Enum(IntentState, by_value=True)


class NewPlanIntentIn(PlanIntentIn):
    """A new one."""

    intent = fields.Enum(Intent, by_value=True, required=True)
    product = Text(required=True)


class NewPlanReviewIn(_Seen):
    """A day to look at the plan."""

    starts_at = Instant(required=True)
    minutes = fields.Integer(strict=True, load_default=60, validate=validate.Range(min=5, max=1440))
    place = Text(empty=True, allow_none=True)


class PlanReviewIn(_Seen):
    """Moved, called off, or held: `agreed` says what came of it."""

    starts_at = Instant()
    minutes = fields.Integer(strict=True, validate=validate.Range(min=5, max=1440))
    place = Text(empty=True, allow_none=True)
    people = Text(limit=LONG_TEXT, empty=True, allow_none=True)
    agreed = Text(limit=LONG_TEXT)
    cancelled = fields.Boolean(truthy={True}, falsy={False})


class NewPlanPromiseIn(_Seen):
    """A promise: one that was made in an issue, or an own one with words and day."""

    commitment_id = Id()
    text = Text(limit=LONG_TEXT)
    due_on = _day()
    contact_id = Id(allow_none=True)


class PlanPromiseIn(_Seen):
    """An own promise changed, or how it ended."""

    text = Text(limit=LONG_TEXT)
    due_on = _day()
    contact_id = Id(allow_none=True)
    end = fields.Enum(PromiseEnd, by_value=True)


class PlanObjectiveOut(Schema):
    """Something to reach."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    owner_id = fields.Integer(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    due_on = _day(required=True, allow_none=True)
    state = fields.Enum(ObjectiveState, by_value=True, required=True)
    settled_at = Moment(required=True, allow_none=True)


class PlanConditionOut(Schema):
    """What must change, and what the evidence says now."""

    id = fields.Integer(required=True)
    kind = fields.Enum(ConditionKind, by_value=True, required=True)
    issue_id = fields.Integer(required=True, allow_none=True)
    defect_id = fields.Integer(required=True, allow_none=True)
    disruption_id = fields.Integer(required=True, allow_none=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    channel = fields.Enum(Channel, by_value=True, required=True, allow_none=True)
    least_score = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True)
    met = fields.Boolean(required=True)
    since = Moment(required=True, allow_none=True)
    why = fields.String(required=True)


class PlanSuggestionOut(Schema):
    """A condition that can be taken over: its members are those of a new one."""

    kind = fields.Enum(ConditionKind, by_value=True, required=True)
    issue_id = fields.Integer()
    defect_id = fields.Integer()
    disruption_id = fields.Integer()
    contact_id = fields.Integer()
    channel = fields.Enum(Channel, by_value=True)
    least_score = fields.Integer()
    text = fields.String(required=True)


class PlanIntentOut(Schema):
    """Something to sell."""

    id = fields.Integer(required=True)
    intent = fields.Enum(Intent, by_value=True, required=True)
    product = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    amount = fields.Float(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    due_on = _day(required=True, allow_none=True)
    state = fields.Enum(IntentState, by_value=True, required=True)
    settled_at = Moment(required=True, allow_none=True)


class PlanReviewOut(Schema):
    """A review."""

    id = fields.Integer(required=True)
    starts_at = Moment(required=True)
    minutes = fields.Integer(required=True)
    place = fields.String(required=True, allow_none=True)
    held_at = Moment(required=True, allow_none=True)
    people = fields.String(required=True, allow_none=True)
    agreed = fields.String(required=True, allow_none=True)
    cancelled_at = Moment(required=True, allow_none=True)


class PlanPromiseOut(Schema):
    """A promise as it stands."""

    id = fields.Integer(required=True)
    commitment_id = fields.Integer(required=True, allow_none=True)
    issue_id = fields.Integer(required=True, allow_none=True)
    text = fields.String(required=True)
    due_on = _day(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(["open", "overdue", "kept", "broken", "withdrawn"]))
    ended_at = Moment(required=True, allow_none=True)
    contact = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)


class PlanGateOut(Schema):
    """What the gate would say now to a call of our own accord; nothing is stored, and it is no decision."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    because = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)


class PlanHeadOut(Schema):
    """A plan in a list."""

    id = fields.Integer(required=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    owner_id = fields.Integer(required=True, allow_none=True, metadata={"description": "Who looks after the account."})
    owner = fields.String(required=True, allow_none=True)
    period = fields.Enum(PeriodKind, by_value=True, required=True)
    starts_on = _day(required=True)
    ends_on = _day(required=True)
    state = fields.Enum(PlanState, by_value=True, required=True)
    version = fields.Integer(required=True)
    note = fields.String(required=True, allow_none=True)
    conditions = fields.Integer(required=True)
    conditions_met = fields.Integer(required=True)
    next_review_at = Moment(required=True, allow_none=True)
    gate = fields.Nested(PlanGateOut, required=True)
    created_at = Moment(required=True)
    changed_at = Moment(required=True)
    activated_at = Moment(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)


class PlanOut(PlanHeadOut):
    """A plan with all its parts."""

    outcome = fields.String(required=True, allow_none=True)
    objectives = fields.List(fields.Nested(PlanObjectiveOut), required=True)
    must_change = fields.List(fields.Nested(PlanConditionOut), required=True)
    suggestions = fields.List(fields.Nested(PlanSuggestionOut), required=True)
    sales_intents = fields.List(fields.Nested(PlanIntentOut), required=True)
    reviews = fields.List(fields.Nested(PlanReviewOut), required=True)
    promises = fields.List(fields.Nested(PlanPromiseOut), required=True)
