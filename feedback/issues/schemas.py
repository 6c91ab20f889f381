"""What the API of issues takes and gives."""

from datetime import UTC, date, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.access.auth import current_viewer
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.defects.rules import DefectCategory
from feedback.issues.handed_in import ABOUT_PARTIES
from feedback.issues.harm_schemas import HarmIn
from feedback.issues.queries.single import VoiceState
from feedback.issues.rules import Clock, IssueSource, IssueState, Severity
from feedback.issues.rules.escalation import MAX_HOURS as MAX_STEP
from feedback.issues.rules.escalation import Rung
from feedback.kernel.errors import InvalidInput
from feedback.web.schemas import LONG_TEXT, Id, Schema, Text, TextByLanguage
from feedback.web.typed_times import due_instant_of

CHANNELS = ("phone", "email", "visit", "video", "chat", "sms", "portal", "letter", "other")
FIX_BY_LANGUAGE = "What was done, in each language of those who read it; others are quoted `fix_summary`, else English."
MAX_HOURS = 24 * 366


class Moment(fields.AwareDateTime):
    """An instant in ISO 8601; without an offset it is UTC."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        try:
            return super()._deserialize(value, attr, data, **options).astimezone(UTC)
        except OverflowError as error:  # the first or last hours of all years
            raise self.make_error("invalid", input=value, obj_type="datetime") from error


class DueMoment(Moment):
    """By when something is promised; a day alone lasts until its end where the caller is."""

    def __init__(self, **options: Any) -> None:
        told = {"description": "A date alone (2026-05-26) is the end of that day, 23:59, in the time zone of who asks."}
        super().__init__(metadata=told, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        if not isinstance(value, str) or not _is_day(value):
            return super()._deserialize(value, attr, data, **options)
        try:
            due_at = due_instant_of(value, current_viewer().time_zone, field="due_at")
        except InvalidInput as error:
            raise ma.ValidationError(error.errors["due_at"]) from None
        assert due_at is not None
        return due_at


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


class NewIssueIn(Schema):
    """An issue that the staff opens, or a complaint of a customer (`source: complaint`)."""

    source = fields.Enum(
        IssueSource,
        by_value=True,
        load_default=IssueSource.STAFF,
        validate=validate.OneOf((IssueSource.STAFF, IssueSource.COMPLAINT)),
        metadata={"enum": ["staff", "complaint"]},
    )
    account_id = Id()
    account_external_id = Text()
    contact_id = Id()
    contact_external_id = Text()
    account_name = Text(metadata={"description": "Of a complaint whose account may not be known yet; fills what is empty."})
    contact_name = Text()
    contact_email = fields.Email()
    contact_role = fields.Enum(ContactRole, by_value=True)
    contract_id = Id()
    contract_external_id = Text()
    title = Text(metadata={"description": "Required for an issue of the staff."})
    text = Text(limit=LONG_TEXT, metadata={"description": "The complaint in the customer's words; required for a complaint."})
    external_system = Text(metadata={"description": "The system that hands a complaint in."})
    external_id = Text(metadata={"description": "Its name there; makes handing it in again harmless."})
    defect = Text()
    category = fields.Enum(DefectCategory, by_value=True)
    severity = fields.Enum(
        Severity,
        by_value=True,
        metadata={"description": "Without it `minor`; a complaint of a decision maker `major` (`decision_maker_major`)."},
    )
    harm = fields.Nested(HarmIn, metadata={"description": "It harms the customer's own customers: a step graver."})

    @ma.validates_schema
    def _one_account(self, data: dict[str, Any], **_options: Any) -> None:
        if ("account_id" in data) == ("account_external_id" in data):
            raise ma.ValidationError("Name the account, by account_id or by account_external_id.", "account_id")
        for name in ("contact", "contract"):
            if f"{name}_id" in data and f"{name}_external_id" in data:
                raise ma.ValidationError(f"Name the {name} once, by {name}_id or by {name}_external_id.", f"{name}_id")

    @ma.validates_schema
    def _words(self, data: dict[str, Any], **_options: Any) -> None:
        complaint = data["source"] is IssueSource.COMPLAINT
        if complaint and "text" not in data:
            raise ma.ValidationError("Write what the customer complained about.", "text")
        if not complaint and "title" not in data:
            raise ma.ValidationError("Missing data for required field.", "title")
        only = [name for name in ("text", "external_system", "external_id", *ABOUT_PARTIES) if name in data]
        if only and not complaint:
            raise ma.ValidationError("Only a complaint has this: write `source: complaint`.", only[0])
        if "external_system" in data and "external_id" not in data:
            raise ma.ValidationError("Name the complaint in its system, so that it is taken once.", "external_id")


class MoveIn(Schema):
    """The next state and what has to be known for it."""

    to = fields.Enum(IssueState, by_value=True, required=True)
    note = Text(limit=LONG_TEXT)
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))
    root_cause = Text(limit=LONG_TEXT, metadata={"description": "In words: they join the tree of causes."})
    root_cause_id = Id(metadata={"description": "A cause of the tree (`/root-causes`)."})
    whys = fields.List(Text(limit=500), validate=validate.Length(max=5))
    fix_owner_id = Id(metadata={"description": "Who fixes it; else who is named already, the caller, the owner."})
    fix_due_at = DueMoment()
    commitment = Text(limit=LONG_TEXT)
    fix_summary = Text(limit=LONG_TEXT, metadata={"description": "What was done. The mail to the customer says it."})
    fix_summaries = TextByLanguage(FIX_BY_LANGUAGE, limit=LONG_TEXT)
    contact_id = Id(allow_none=True, metadata={"description": "With `verified`: who says that it is solved."})


class AssignmentIn(Schema):
    """Who gets the issue; without it the caller."""

    owner_id = Id(allow_none=True, load_default=None)
    note = Text(
        limit=LONG_TEXT,
        allow_none=True,
        load_default=None,
        metadata={"description": "What the next owner has to know; it stays in the history."},
    )


class TalkIn(Schema):
    """One contact with the customer."""

    summary = Text(required=True, limit=LONG_TEXT)
    channel = fields.String(load_default="phone", validate=validate.OneOf(CHANNELS))
    direction = fields.String(load_default="out", validate=validate.OneOf(("in", "out")))
    contact_id = Id(allow_none=True, load_default=None)
    occurred_at = Moment(load_default=None, allow_none=True)


class CommitmentIn(Schema):
    """What we promise, and by when."""

    text = Text(required=True, limit=LONG_TEXT)
    due_at = DueMoment(required=True)


class NamedOut(Schema):
    """An id and what it is called."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class VoiceOut(Schema):
    """Somebody who told us, the answer or complaint that did, and whether they were answered."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    response_id = fields.Integer(required=True, allow_none=True)
    source = fields.Enum(IssueSource, by_value=True, required=True, attribute="cause")
    said = fields.String(required=True, allow_none=True, metadata={"description": "A complaint in the customer's words."})
    state = fields.Enum(VoiceState, by_value=True, required=True)
    answered_at = Moment(required=True, allow_none=True)
    answered_by = fields.String(required=True, allow_none=True)
    waived_reason = fields.String(required=True, allow_none=True)


class OwnerAwayOut(ma.Schema):
    """Until when an owner is away, and who works on the issue meanwhile."""

    last_day = fields.Date(required=True)
    deputy = fields.Nested(NamedOut, required=True, allow_none=True)


class IssueOut(Schema):
    """One issue."""

    id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(tuple(IssueState)))
    severity = fields.String(required=True, validate=validate.OneOf(tuple(Severity)))
    source = fields.String(required=True, validate=validate.OneOf(tuple(IssueSource)))
    why = fields.String(required=True, metadata={"description": "Why it exists, in one sentence."})
    is_work_item = fields.Boolean(
        required=True, metadata={"description": "A reason to get in touch that speaks against no customer."}
    )
    harms_customers = fields.Boolean(required=True, metadata={"description": "It harms the customer's own customers."})
    harmed_count = fields.Integer(required=True, allow_none=True)
    harm_note = fields.String(required=True, allow_none=True)
    contract_id = fields.Integer(required=True, allow_none=True)
    merged_into_id = fields.Integer(required=True, allow_none=True)
    withdrawn_at = Moment(
        required=True, allow_none=True, metadata={"description": "It was a mistake, or a program's answer: it counts nowhere."}
    )
    category = fields.String(required=True, allow_none=True)
    defect = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    owner = fields.Nested(NamedOut, required=True, allow_none=True)
    owner_away = fields.Nested(
        OwnerAwayOut, required=True, allow_none=True, metadata={"description": "Null while the owner is there."}
    )
    team = fields.Nested(NamedOut, required=True, allow_none=True)
    assigned_manually = fields.Boolean(required=True)
    queued_at = Moment(required=True, allow_none=True, metadata={"description": "Since when it waits in the team's queue."})
    value_tier = fields.String(required=True, validate=validate.OneOf(tuple(ValueTier)))
    priority = fields.Float(required=True)
    first_contact_due_at = Moment(required=True)
    next_update_due_at = Moment(required=True)
    resolution_due_at = Moment(required=True)
    next_clock = fields.String(required=True, allow_none=True)
    next_due_at = Moment(required=True, allow_none=True)
    next_owed_at = Moment(required=True, allow_none=True, metadata={"description": "First open promise, or the planned fix."})
    overdue = fields.Boolean(required=True, metadata={"description": "`next_due_at` or `next_owed_at` has passed."})
    waiting_since = Moment(required=True, allow_none=True)
    next_alarm_at = Moment(required=True, allow_none=True)
    escalated = fields.String(required=True, allow_none=True, validate=validate.OneOf(tuple(Rung)))
    root_cause = fields.String(required=True, allow_none=True)
    fix_due_at = Moment(required=True, allow_none=True)
    fix_summary = fields.String(required=True, allow_none=True)
    fix_summaries = fields.Dict(required=True, metadata={"description": "By language, as far as it was written so."})
    reopen_count = fields.Integer(required=True)
    opened_at = Moment(required=True)
    routed_at = Moment(required=True, allow_none=True)
    contacted_at = Moment(required=True, allow_none=True)
    diagnosed_at = Moment(required=True, allow_none=True)
    in_fix_at = Moment(required=True, allow_none=True)
    fixed_at = Moment(required=True, allow_none=True)
    verified_at = Moment(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    voices = fields.List(fields.Nested(VoiceOut), required=True)
    people_to_answer = fields.Integer(required=True, metadata={"description": "Each counted once, however often they spoke."})


class CommitmentOut(Schema):
    """A promise to the customer."""

    id = fields.Integer(required=True)
    text = fields.String(required=True)
    due_at = Moment(required=True)
    kept_at = Moment(required=True, allow_none=True)
    broken_at = Moment(required=True, allow_none=True)
    given_up_at = Moment(required=True, allow_none=True)
    withdrawn_at = Moment(required=True, allow_none=True)
    contact_id = fields.Integer(required=True, allow_none=True)


class TalkOut(Schema):
    """A contact with the customer."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    channel = fields.String(required=True)
    direction = fields.String(required=True)
    summary = fields.String(required=True, allow_none=True)
    occurred_at = Moment(required=True)


class HistoryOut(Schema):
    """One thing that happened."""

    kind = fields.String(required=True)
    actor = fields.String(required=True)
    data = fields.Dict(required=True)
    occurred_at = Moment(required=True)


class NextMoveOut(Schema):
    """A state that may follow, and what is missing before it can."""

    to = fields.String(required=True)
    missing = fields.List(fields.String(), required=True)


class ReadingOut(Schema):
    """A clock as one way of counting shows it."""

    due_at = Moment(required=True)
    minutes_left = fields.Integer(required=True, metadata={"description": "Negative: so long over."})


class ClockOut(Schema):
    """One clock, on the wall and in working hours side by side; `counted_in` says which of the two binds."""

    clock = fields.String(required=True, validate=validate.OneOf(tuple(Clock)))
    state = fields.String(required=True, validate=validate.OneOf(("running", "waiting", "overdue", "missed", "kept")))
    counted_in = fields.String(required=True, validate=validate.OneOf(("wall", "business")))
    started_at = Moment(required=True)
    due_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)
    late_minutes = fields.Integer(required=True)
    customer_due = fields.String(required=True, metadata={"description": "The due date on the customer's wall clock."})
    customer_time_zone = fields.String(required=True)
    calendar = fields.String(required=True)
    wall = fields.Nested(ReadingOut, required=True)
    business = fields.Nested(ReadingOut, required=True)


class NextStepOut(Schema):
    """Who is told when, if nobody does anything."""

    at = Moment(required=True)
    clock = fields.String(required=True)
    rung = fields.String(required=True, validate=validate.OneOf(tuple(Rung)))
    people = fields.List(fields.String(), required=True)


class IssueDiagnosisOut(Schema):
    """Why it happened, and who mends it."""

    root_cause_id = fields.Integer(required=True, allow_none=True)
    path = fields.String(required=True, allow_none=True, metadata={"description": "The cause with those above it."})
    whys = fields.List(fields.String(), required=True)
    fix_owner = fields.Nested(NamedOut, required=True, allow_none=True)


class IssueDetailOut(IssueOut):
    """One issue with its promises, talks and history."""

    clocks = fields.List(fields.Nested(ClockOut), required=True)
    missed = fields.List(
        fields.Nested(ClockOut),
        required=True,
        metadata={"description": "Clocks of before that ran out; they stay missed however late they were met."},
    )
    next_steps = fields.List(fields.Nested(NextStepOut), required=True)
    next_moves = fields.List(fields.Nested(NextMoveOut), required=True)
    diagnosis = fields.Nested(IssueDiagnosisOut, required=True)
    commitments = fields.List(fields.Nested(CommitmentOut), required=True)
    interactions = fields.List(fields.Nested(TalkOut), required=True)
    history = fields.List(fields.Nested(HistoryOut), required=True)


def _hours() -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=MAX_HOURS))


class LevelSchema(Schema):
    """The three clocks of a severity and value tier, in hours round the clock or in working hours."""

    severity = fields.Enum(Severity, by_value=True, required=True)
    value_tier = fields.Enum(ValueTier, by_value=True, required=True)
    first_contact_hours = _hours()
    next_update_hours = _hours()
    resolution_hours = _hours()
    working = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Working hours of the team's business calendar; false: hours round the clock."},
    )


class LevelsSchema(Schema):
    """All nine cells."""

    items = fields.List(fields.Nested(LevelSchema), required=True, validate=validate.Length(max=9))


class StepSchema(Schema):
    """A rung of the ladder: who is told so many hours after a clock is due; negative: before."""

    severity = fields.Enum(Severity, by_value=True, required=True)
    rung = fields.Enum(Rung, by_value=True, required=True)
    hours = fields.Integer(required=True, strict=True, validate=validate.Range(min=-MAX_STEP, max=MAX_STEP))


class StepsSchema(Schema):
    """All rungs."""

    items = fields.List(fields.Nested(StepSchema), required=True, validate=validate.Length(max=len(Severity) * len(Rung)))


class WaitingIn(Schema):
    """What we wait for, or why no longer."""

    note = Text(required=True, limit=LONG_TEXT)
