"""What the API of routing takes and answers: rules, trying them out, handing over."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.accounts.rules import ValueTier
from feedback.defects.rules import DefectCategory
from feedback.issues.schemas import Moment
from feedback.staffing.schemas import language_list, skill_list
from feedback.web.schemas import LONG_TEXT, Id, Schema, Text

MAX_RULES = 500
ASKED_OF_PEOPLE = ("skills", "languages", "customer_language", "prefer_helper", "goes_on_when_full")


def _yes_no(description: str) -> fields.Boolean:
    """True, or false or null for no."""
    told = {"description": description}
    return fields.Boolean(truthy={True}, falsy={False}, allow_none=True, load_default=None, metadata=told)


def _listed(description: str) -> dict[str, Any]:
    return {"allow_none": True, "load_default": None, "metadata": {"description": description}}


class RuleLineSchema(Schema):
    """A routing rule: conditions that must all hold, the team or the person that gets the issue, and what is asked of people."""

    category = fields.String(
        validate=validate.OneOf([category.value for category in DefectCategory]), allow_none=True, load_default=None
    )
    defect = Text(allow_none=True, load_default=None)
    segment = Text(allow_none=True, load_default=None)
    region = Text(allow_none=True, load_default=None)
    language = Text(allow_none=True, load_default=None, limit=35)
    value_tier = fields.Enum(ValueTier, by_value=True, allow_none=True, load_default=None)
    team_id = Id(allow_none=True, load_default=None)
    user_id = Id(allow_none=True, load_default=None)
    skills = skill_list(**_listed("Codes; whoever gets the issue has all of these skills."))
    languages = language_list(**_listed("Whoever gets the issue speaks all of these."))
    customer_language = _yes_no("Whoever gets the issue speaks the customer's language.")
    prefer_helper = _yes_no("Who solved this customer's last issue comes first, if they can and have room.")
    goes_on_when_full = _yes_no("With nobody having room, the next rule that fits is tried; otherwise the issue waits.")

    @ma.post_dump
    def _only_what_is_asked(self, line: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Who wrote rules before people had skills reads them back as they were."""
        return {name: value for name, value in line.items() if value is not None or name not in ASKED_OF_PEOPLE}


class RulesSchema(Schema):
    """All routing rules, in the order in which they are tried."""

    items = fields.List(fields.Nested(RuleLineSchema), required=True, validate=validate.Length(max=MAX_RULES))


class SimulationIn(Schema):
    """Rules to try out (without them those in force) on the issues that opened from `from` up to, not including, `to`."""

    items = fields.List(
        fields.Nested(RuleLineSchema), load_default=None, allow_none=True, validate=validate.Length(max=MAX_RULES)
    )
    since = fields.Date(required=True, data_key="from")
    until = fields.Date(required=True, data_key="to")


class PersonLoadOut(Schema):
    """How many somebody really got, gets by the rules in force and by the draft, and the most open at once."""

    user_id = fields.Integer(required=True)
    name = fields.String(required=True)
    did = fields.Integer(required=True)
    today = fields.Integer(required=True)
    would = fields.Integer(required=True)
    peak = fields.Integer(required=True)
    capacity = fields.Integer(required=True, allow_none=True)


class SimulatedChangeOut(Schema):
    """An issue that the draft gives to somebody else than the rules in force (`today`); null for one that would still wait."""

    issue_id = fields.Integer(required=True)
    number = fields.Integer(required=True)
    account = fields.String(required=True)
    opened_at = Moment(required=True)
    did = fields.String(required=True, allow_none=True, metadata={"description": "Who really got it."})
    today = fields.String(required=True, allow_none=True)
    would = fields.String(required=True, allow_none=True)
    position = fields.Integer(required=True, allow_none=True, metadata={"description": "Of the rule, from 1."})
    waited_minutes = fields.Integer(required=True, allow_none=True)


class DifferencesOut(Schema):
    """How often the rules in force, replayed, give an issue to somebody else than who really got it, by cause."""

    manual = fields.Integer(required=True, metadata={"description": "Somebody chose the owner."})
    absence = fields.Integer(required=True)
    workload = fields.Integer(required=True, metadata={"description": "People had other things open then."})
    changed = fields.Integer(required=True, metadata={"description": "Rules, teams, skills or people were others."})


class SimulationOut(Schema):
    """What a draft would have done with the work of a period, beside what the rules in force do with it. Nothing is stored."""

    n = fields.Integer(required=True)
    same = fields.Integer(required=True, metadata={"description": "The draft changes nothing."})
    elsewhere = fields.Integer(required=True, metadata={"description": "The draft gives it to somebody else."})
    differs = fields.Nested(DifferencesOut, required=True)
    waited = fields.Integer(required=True, metadata={"description": "Would have waited for somebody with room."})
    unowned = fields.Integer(required=True, metadata={"description": "Would still wait at the end of the period."})
    per_rule = fields.List(fields.Integer(), required=True)
    people = fields.List(fields.Nested(PersonLoadOut), required=True)
    changes = fields.List(fields.Nested(SimulatedChangeOut), required=True)
    more_changes = fields.Integer(required=True)


class SkillMergeIn(Schema):
    """The skill that becomes part of another one."""

    skill_id = Id(required=True)


class HandOverIn(Schema):
    """Which issues go to whom: without `to` the deputy, without `issue_ids` all that are open."""

    to = Id(allow_none=True, load_default=None)
    issue_ids = fields.List(Id(), allow_none=True, load_default=None, validate=validate.Length(max=10_000))
    note = Text(limit=LONG_TEXT, allow_none=True, load_default=None)


class HandedOverOut(Schema):
    """The issues that were handed over."""

    issue_ids = fields.List(fields.Integer(), required=True)
