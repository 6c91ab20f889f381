"""What the API of waves takes and gives."""

from marshmallow import fields, validate

from feedback.accounts.rules import ContactRole, ValueTier
from feedback.listening.drafts import ACCOUNT_GAP_DAYS, CALLBACKS_PER_OWNER_DAY
from feedback.listening.rules.states import ExclusionReason, QuarantineMode, WaveState
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.web.schemas import LONG_TEXT, Id, Instant, PageArgs, Schema, Text

_COUNT = validate.Range(min=1, max=1_000_000)


class AudienceIn(Schema):
    """Which contacts a wave is about; what is left out means "any"."""

    roles = fields.List(fields.Enum(ContactRole, by_value=True))
    tiers = fields.List(fields.Enum(ValueTier, by_value=True))
    segments = fields.List(Text())
    regions = fields.List(Text())
    countries = fields.List(Text())
    industries = fields.List(Text())
    owner_ids = fields.List(Id())
    account_ids = fields.List(Id())
    accounts = fields.List(Text(), metadata={"description": "External ids of accounts."})
    not_heard_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=1, max=3650),
        metadata={"description": "Only who has not answered about the account for so many days."},
    )


class WaveIn(Schema):
    """A draft."""

    survey = Text(required=True)
    name = Text(required=True)
    starts_on = fields.Date(format="iso", required=True)
    ends_on = fields.Date(format="iso", required=True, metadata={"description": "The last day on which somebody is asked."})
    audience = fields.Nested(AudienceIn, load_default=dict)
    per_day = fields.Integer(strict=True, allow_none=True, load_default=None, validate=_COUNT)
    account_gap_days = fields.Integer(strict=True, load_default=ACCOUNT_GAP_DAYS, validate=validate.Range(min=0, max=90))
    callbacks_per_owner_day = fields.Integer(
        strict=True, allow_none=True, load_default=CALLBACKS_PER_OWNER_DAY, validate=validate.Range(min=1, max=1000)
    )
    quarantine = fields.Enum(QuarantineMode, by_value=True, load_default=QuarantineMode.BLOCK)


class WaveOut(Schema):
    """A wave."""

    id = fields.Integer(required=True)
    survey = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.Enum(WaveState, by_value=True, required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    audience = fields.Dict(required=True)
    per_day = fields.Integer(required=True, allow_none=True)
    account_gap_days = fields.Integer(required=True)
    callbacks_per_owner_day = fields.Integer(required=True, allow_none=True)
    quarantine = fields.Enum(QuarantineMode, by_value=True, required=True)
    states = fields.Dict(
        keys=fields.Enum(InvitationState, by_value=True),
        values=fields.Integer(),
        required=True,
        metadata={"description": "People by where they stand; empty before the start."},
    )
    skipped = fields.Dict(keys=fields.Enum(SkipReason, by_value=True), values=fields.Integer(), required=True)
    created_at = Instant(required=True)
    started_at = Instant(required=True, allow_none=True)
    people = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Who was looked at when it was planned; null for a draft."}
    )
    expected_answers = fields.Float(required=True, allow_none=True)
    due_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The date of the program that brought it; null when by hand."}
    )
    ended_at = Instant(required=True, allow_none=True)


class WaveMoveIn(Schema):
    """Where a wave goes: `running` starts or resumes it."""

    to = fields.Enum(WaveState, by_value=True, required=True)


class ExclusionIn(Schema):
    """Somebody who is taken off by hand."""

    account_id = Id(required=True)
    contact_id = Id(required=True)
    reason = fields.Enum(ExclusionReason, by_value=True, required=True)
    note = Text(required=True, limit=LONG_TEXT)


class RehearsedPersonOut(Schema):
    """One person of a rehearsal."""

    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    contact_id = fields.Integer(required=True)
    contact = fields.String(required=True, allow_none=True)
    role = fields.Enum(ContactRole, by_value=True, required=True)
    send_at = Instant(required=True, allow_none=True)
    reason = fields.Enum(SkipReason, by_value=True, required=True, allow_none=True)


class CallbacksOut(Schema):
    """Detractors that an owner can expect from the mails of a day, beside how many can be called back (`capacity`)."""

    owner_id = fields.Integer(required=True)
    owner = fields.String(required=True)
    day = fields.Date(required=True)
    expected = fields.Float(required=True)
    capacity = fields.Integer(
        required=True, metadata={"description": "`callbacks_per_owner_day` of the wave; 5, what is usual, where it has none."}
    )
    over = fields.Boolean(required=True)


class DayOut(Schema):
    """Mails of a day."""

    day = fields.Date(required=True)
    mails = fields.Integer(required=True)


class OtherLanguageOut(Schema):
    """People who are asked in another language than their own, because the survey has no question in it."""

    language = fields.String(required=True, metadata={"description": "Theirs."})
    asked_in = fields.String(required=True)
    people = fields.Integer(required=True)


class RehearsalOut(Schema):
    """What a wave would do if it was started now."""

    people = fields.Integer(required=True)
    asked = fields.Integer(required=True)
    skipped = fields.Dict(keys=fields.Enum(SkipReason, by_value=True), values=fields.Integer(), required=True)
    expected_answers = fields.Float(required=True)
    days = fields.List(fields.Nested(DayOut), required=True)
    callbacks = fields.List(fields.Nested(CallbacksOut), required=True)
    other_languages = fields.List(fields.Nested(OtherLanguageOut), required=True)
    obstacle = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it cannot be started as it stands; null when nothing but its people is in the way."},
    )
    items = fields.List(fields.Nested(RehearsedPersonOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RehearsalArgs(PageArgs):
    """Which people are listed."""

    reason = fields.Enum(SkipReason, by_value=True, load_default=None, metadata={"description": "Only those left out for it."})
