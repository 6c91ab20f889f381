"""What the API of survey programs takes and gives."""

from marshmallow import fields, validate

from feedback.defects.rules import DefectCategory
from feedback.surveys.programs import LONGEST_DRAFT, LONGEST_REMINDER, MAX_REMINDERS, MAX_TEXT
from feedback.surveys.reasons import MOST_CHOSEN
from feedback.surveys.rules import PLANNED_KINDS, Cadence, SurveyKind
from feedback.surveys.texts import FIELDS
from feedback.web.schemas import Instant, Schema, Text

_DAYS = fields.Integer(strict=True, validate=validate.Range(min=1, max=LONGEST_REMINDER))


class ProgramChangeIn(Schema):
    """What can be set at any time."""

    name = Text()
    names = fields.Dict(
        keys=Text(limit=20), values=Text(), metadata={"description": "The name by the reader's language; else `name`."}
    )
    active = fields.Boolean(truthy={True}, falsy={False})
    cadence = fields.Enum(Cadence, by_value=True)
    next_wave_on = fields.Date(format="iso", allow_none=True)
    quarantine_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=0, max=3650),
        metadata={"description": "So long nobody is asked again; null means the setting for this kind."},
    )
    reminder_days = fields.List(
        _DAYS,
        validate=validate.Length(max=MAX_REMINDERS),
        metadata={"description": "Days after the mail before; empty means no reminder."},
    )
    fallbacks = fields.List(
        Text(limit=20), validate=validate.Length(max=10), metadata={"description": "Languages to try behind the contact's own."}
    )
    draft_days = fields.Integer(
        strict=True,
        validate=validate.Range(min=0, max=LONGEST_DRAFT),
        metadata={"description": "So many days before `next_wave_on` the next wave is drawn up, like the last one."},
    )
    auto_start = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "Start that wave on its day; otherwise somebody has to."},
    )


class ProgramIn(ProgramChangeIn):
    """A new program."""

    code = Text(required=True, limit=100, checks=[validate.Regexp(r"[a-z0-9_]+\Z", error="Small letters, digits and _ only.")])
    name = Text(required=True)
    kind = fields.Enum(SurveyKind, by_value=True, required=True, validate=validate.OneOf(PLANNED_KINDS))


class ProgramOut(Schema):
    """A program."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    kind = fields.Enum(SurveyKind, by_value=True, required=True)
    active = fields.Boolean(required=True)
    cadence = fields.Enum(Cadence, by_value=True, required=True)
    next_wave_on = fields.Date(required=True, allow_none=True)
    quarantine_days = fields.Integer(required=True, allow_none=True)
    reminder_days = fields.List(fields.Integer(), required=True)
    fallbacks = fields.List(fields.String(), required=True)
    draft_days = fields.Integer(required=True)
    auto_start = fields.Boolean(required=True)


class ProgramListOut(Schema):
    """Every program: there are few."""

    items = fields.List(fields.Nested(ProgramOut), required=True)


class VersionIn(Schema):
    """New texts by language; what is left out is the built-in text."""

    texts = fields.Dict(
        keys=Text(limit=20),
        values=fields.Dict(keys=fields.String(validate=validate.OneOf(FIELDS)), values=Text(limit=MAX_TEXT, empty=True)),
        required=True,
    )


class VersionOut(Schema):
    """The texts of a program from one moment on."""

    number = fields.Integer(required=True)
    texts = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    created_by = fields.String(required=True)
    created_at = Instant(required=True)


class VersionListOut(Schema):
    """All versions, the newest first."""

    items = fields.List(fields.Nested(VersionOut), required=True)


class SurveyReasonsIn(Schema):
    """Which defects a program offers as reasons, in their order; none means the first of the catalogue."""

    defects = fields.List(Text(limit=100), required=True, validate=validate.Length(max=MOST_CHOSEN))


class SurveyReasonOut(Schema):
    """A defect in the words of customers."""

    code = fields.String(required=True)
    text = fields.String(required=True)


class SurveyReasonGroupOut(Schema):
    """The reasons of one category."""

    category = fields.Enum(DefectCategory, by_value=True, required=True)
    reasons = fields.List(fields.Nested(SurveyReasonOut), required=True)


class SurveyReasonsOut(Schema):
    """What a program offers: its own choice (empty: none was made), and what people see of it."""

    chosen = fields.List(fields.String(), required=True)
    groups = fields.List(fields.Nested(SurveyReasonGroupOut), required=True)


class SurveyReasonsArgs(Schema):
    """In whose words."""

    language = Text(limit=20, load_default="en")
