"""What the API of staffing takes and answers."""

from typing import Any

from marshmallow import fields, validate

from feedback.staffing.rules import MAX_CAPACITY
from feedback.web.schemas import Id, QueryId, Schema, Text, TextByLanguage

_NAMES = "What pages call it, by the reader's language; what is not there is called `name`."
_CODE = validate.Regexp(r"\A[a-z0-9][a-z0-9_-]*\Z", error="Use small letters, digits, - and _.")


def language_list(**options: Any) -> fields.List[Any]:
    """Language tags such as `es`."""
    tag = Text(limit=35, checks=[validate.Regexp(r"\A[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z", error="Write it as in 'es'.")])
    return fields.List(tag, validate=validate.Length(max=50), **options)


def skill_list(**options: Any) -> fields.List[Any]:
    """Codes of skills."""
    return fields.List(Text(limit=60), validate=validate.Length(max=100), **options)


class SkillIn(Schema):
    """A skill that rules can ask for."""

    code = Text(required=True, limit=60, checks=[_CODE])
    name = Text(required=True)
    names = TextByLanguage(_NAMES, load_default=dict)


class SkillChangesIn(Schema):
    """What is left out stays."""

    name = Text()
    names = TextByLanguage(_NAMES + " Sent, it replaces all of them.")


class SkillOut(Schema):
    """A skill."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class SkillsOut(Schema):
    """The catalogue."""

    items = fields.List(fields.Nested(SkillOut), required=True)


class ProfileIn(Schema):
    """What is left out stays."""

    skills = skill_list()
    languages = language_list()
    capacity = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=0, max=MAX_CAPACITY),
        metadata={"description": "Open issues at most; null is without limit, 0 gets none by the rules."},
    )


class ProfileOut(Schema):
    """What somebody knows, speaks and has room for."""

    user_id = fields.Integer(required=True)
    skills = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    capacity = fields.Integer(required=True, allow_none=True)


class AbsenceIn(Schema):
    """Whole days, both included; in the person's time zone."""

    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    deputy_id = Id(allow_none=True, load_default=None)
    note = Text(allow_none=True, load_default=None)


class NewAbsenceIn(AbsenceIn):
    """The same, and whose; without `user_id` the caller's own."""

    user_id = Id()


class AbsenceListArgs(Schema):
    """Which absences: those that are not over; with `user_id` only this person's."""

    user_id = QueryId(load_default=None)


class AbsenceOut(Schema):
    """An absence."""

    id = fields.Integer(required=True)
    user_id = fields.Integer(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    deputy_id = fields.Integer(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class AbsencesOut(Schema):
    """Absences, the first to begin first."""

    items = fields.List(fields.Nested(AbsenceOut), required=True)
