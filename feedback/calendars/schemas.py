"""What the API of business calendars takes and gives."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.calendars.rules import MAX_DAYS, WEEK
from feedback.web.schemas import Id, Instant, Schema, Text


class ClosedDaySchema(Schema):
    """A day on which the company does not work."""

    on = fields.Date(required=True)
    name = Text(empty=True, load_default="", limit=120)


def _openings(**options: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=validate.OneOf(WEEK)),
        values=fields.List(Text(limit=20), validate=validate.Length(max=12)),
        metadata={"description": 'Openings per weekday, on its wall clock: {"monday": ["09:00-13:00", "15:00-19:00"]}.'},
        **options,
    )


class CalendarIn(Schema):
    """A business calendar."""

    name = Text(required=True, limit=120)
    time_zone = Text(required=True, metadata={"description": "IANA name, such as Europe/Madrid."})
    openings = _openings(required=True)
    country = Text(allow_none=True, load_default=None, limit=2, metadata={"description": "ISO code; closed on its holidays."})
    subdivision = Text(allow_none=True, load_default=None, limit=10)
    closed_days = fields.List(fields.Nested(ClosedDaySchema), load_default=list, validate=validate.Length(max=MAX_DAYS))
    open_days = fields.List(
        fields.Date(),
        load_default=list,
        validate=validate.Length(max=MAX_DAYS),
        metadata={"description": "Worked although they are public holidays."},
    )


class NewCalendarIn(CalendarIn):
    """A business calendar with its code."""

    code = Text(required=True, limit=60)


class CalendarOut(Schema):
    """A business calendar, and who works by it."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True)
    country = fields.String(required=True, allow_none=True)
    subdivision = fields.String(required=True, allow_none=True)
    openings = _openings(required=True)
    closed_days = fields.List(fields.Nested(ClosedDaySchema), required=True)
    open_days = fields.List(fields.String(), required=True)
    changed_at = fields.AwareDateTime(required=True)
    team_ids = fields.List(fields.Integer(), required=True)


class CalendarListOut(Schema):
    """All calendars, the default first."""

    items = fields.List(fields.Nested(CalendarOut), required=True)


class TeamCalendarIn(Schema):
    """The calendar of a team; null is the default."""

    calendar_id = Id(allow_none=True, required=True)


class WorkingTimeArgs(Schema):
    """From when, and either how many working hours on or until when."""

    since = Instant(required=True, format="iso", data_key="from")
    until = Instant(load_default=None, format="iso", data_key="to")
    hours = fields.Float(load_default=None, allow_nan=False, validate=validate.Range(min=-10_000, max=10_000))

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_options: Any) -> None:
        if (data["until"] is None) == (data["hours"] is None):
            raise ma.ValidationError("Say either `hours` or `to`.", "hours")


class WorkingTimeOut(Schema):
    """When so many working hours have passed, or how many lie between."""

    at = fields.AwareDateTime(required=True)
    hours = fields.Float(required=True)
    is_open = fields.Boolean(required=True, metadata={"description": "Whether it is open at `from`."})
