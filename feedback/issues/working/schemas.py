"""What the API of the work takes and gives."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.issues.list_schemas import OwnerFilter
from feedback.issues.rules import IssueState
from feedback.issues.schemas import CHANNELS, FIX_BY_LANGUAGE, DueMoment, Moment, NamedOut
from feedback.issues.working.causes import MOST_NAME
from feedback.issues.working.promises import Which
from feedback.issues.working.rules import MOST_TOGETHER, MOST_WHYS, Ending, Outcome, PromiseState
from feedback.web.schemas import LONG_TEXT, Id, PageArgs, QueryId, Schema, Text, TextByLanguage

_AHEAD = (IssueState.CONTACTED, IssueState.DIAGNOSED, IssueState.IN_FIX, IssueState.FIXED, IssueState.CLOSED)


def _whys() -> fields.List[Any]:
    return fields.List(
        Text(limit=500),
        validate=validate.Length(max=MOST_WHYS),
        metadata={"description": "From the symptom down: each line says why the one before it happened."},
    )


class PromiseIn(Schema):
    """What is promised, and by when."""

    text = Text(required=True, limit=LONG_TEXT)
    due_at = DueMoment(required=True)


class EndingIn(Schema):
    """How a promise ends that is not kept: in both cases somebody spoke with the customer."""

    how = fields.Enum(Ending, by_value=True, required=True)
    said = Text(required=True, limit=LONG_TEXT, metadata={"description": "What the customer was told, or agreed to."})
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))
    contact_id = Id(allow_none=True, load_default=None)


class DiagnosisIn(Schema):
    """Why it happened: a cause of the tree, or words, which join the tree and wait there for their place."""

    root_cause_id = Id()
    root_cause = Text(limit=LONG_TEXT)
    whys = _whys()


class FixIn(Schema):
    """Who mends it, and by when."""

    owner_id = Id()
    due_at = DueMoment()


class ContactLogIn(Schema):
    """A contact and everything that follows from it; all of it is stored, or nothing."""

    said = Text(required=True, limit=LONG_TEXT, metadata={"description": "How they were reached, and what was said."})
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))
    direction = fields.String(load_default="out", validate=validate.OneOf(("in", "out")))
    outcome = fields.Enum(Outcome, by_value=True, load_default=Outcome.REACHED)
    contact_id = Id(allow_none=True, load_default=None)
    also_contact_ids = fields.List(
        Id(),
        load_default=list,
        validate=validate.Length(max=MOST_TOGETHER),
        metadata={"description": "Who took part besides: the talk answers each of them."},
    )
    occurred_at = Moment(allow_none=True, load_default=None)
    next_step = Text(limit=LONG_TEXT)
    promise = fields.Nested(PromiseIn)
    diagnosis = fields.Nested(DiagnosisIn)
    fix = fields.Nested(FixIn)
    fix_summary = Text(limit=LONG_TEXT)
    fix_summaries = TextByLanguage(FIX_BY_LANGUAGE, limit=LONG_TEXT)
    to = fields.Enum(
        IssueState,
        by_value=True,
        validate=validate.OneOf(_AHEAD),
        metadata={
            "enum": [state.value for state in _AHEAD],
            "description": "Where the issue goes; states between are passed. Only a work item is `closed` by a talk.",
        },
    )


class CommitmentLineOut(Schema):
    """A promise with its issue, its customer and who answers for it."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    due_at = Moment(required=True)
    kept_at = Moment(required=True, allow_none=True)
    broken_at = Moment(required=True, allow_none=True, metadata={"description": "When its time passed; it stays broken."})
    given_up_at = Moment(required=True, allow_none=True, metadata={"description": "When the customer heard that it is not kept."})
    withdrawn_at = Moment(required=True, allow_none=True, metadata={"description": "When the customer agreed to do without it."})
    state = fields.Enum(PromiseState, by_value=True, required=True)
    issue_id = fields.Integer(required=True)
    issue_number = fields.Integer(required=True, attribute="number")
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    owner = fields.Nested(NamedOut, required=True, allow_none=True)


class CommitmentListArgs(PageArgs):
    """Query of the list of promises."""

    state = fields.Enum(Which, by_value=True, load_default=None, data_key="state")
    owner = OwnerFilter(load_default=None, metadata={"type": "string", "description": "`me`, or a person's id."})
    account_id = QueryId(load_default=None)
    team_id = QueryId(load_default=None)
    since = Moment(load_default=None, metadata={"description": "Due at this moment or later."})


class PromisesKeptArgs(Schema):
    """Which promises are counted."""

    owner = OwnerFilter(load_default=None, metadata={"type": "string", "description": "`me`, or a person's id."})
    account_id = QueryId(load_default=None)
    team_id = QueryId(load_default=None)
    since = Moment(load_default=None, metadata={"description": "Due at this moment or later."})


class PromisesKeptOut(Schema):
    """How well promises are kept. The share is of those whose time has come, with Wilson's 95 % interval."""

    kept = fields.Integer(required=True)
    broken = fields.Integer(required=True)
    open = fields.Integer(required=True)
    n = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True)
    ci_low = fields.Float(required=True, allow_none=True)
    ci_high = fields.Float(required=True, allow_none=True)


class RootCauseOut(Schema):
    """A cause of the tree; counts include those below it."""

    id = fields.Integer(required=True)
    parent_id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    path = fields.String(required=True, metadata={"description": "With the causes above it: `Staff › Training`."})
    place = fields.Integer(required=True)
    arranged = fields.Boolean(required=True, metadata={"description": "False: somebody wrote it, and it waits for a place."})
    retired = fields.Boolean(required=True)
    issues = fields.Integer(required=True)
    open = fields.Integer(required=True)
    accounts = fields.Integer(required=True)


class RootCauseListArgs(Schema):
    """Which issues are counted."""

    since = Moment(load_default=None, metadata={"description": "Issues opened at this moment or later."})
    retired = fields.Boolean(load_default=False)


class RootCausesOut(Schema):
    """The whole tree, parents before their children."""

    items = fields.List(fields.Nested(RootCauseOut), required=True)
    without_cause = fields.Integer(required=True, metadata={"description": "Issues about whose cause nothing is known yet."})


class RootCauseIn(Schema):
    """A new cause."""

    name = Text(required=True, limit=MOST_NAME)
    names = TextByLanguage("What it is called for readers of each language.")
    parent_id = Id(allow_none=True)


class RootCauseChangeIn(Schema):
    """What changes about a cause."""

    name = Text(limit=MOST_NAME)
    names = TextByLanguage("What it is called for readers of each language.")
    parent_id = Id(allow_none=True)
    place = fields.Integer(strict=True, validate=validate.Range(min=0, max=100_000))
    retired = fields.Boolean(truthy={True}, falsy={False})

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **_options: Any) -> None:
        if not data:
            raise ma.ValidationError("Say what changes.", "name")


class RootCauseJoinIn(Schema):
    """The cause that stays."""

    into_id = Id(required=True)
