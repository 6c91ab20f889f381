"""Base of every marshmallow schema, and the pieces all APIs share."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from feedback.kernel.db import MAX_ID
from feedback.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from feedback.kernel.wall_clock import is_on_edge
from feedback.web.languages import LANGUAGES

LONG_TEXT = 10_000
SHORT_TEXT = 255
EDGE = "Not a time that every zone has: check the year."


class Schema(ma.Schema):
    """Unknown fields are refused, and fields keep the order in which they are written."""

    class Meta:
        unknown = ma.RAISE

    @ma.validates_schema(skip_on_field_errors=False)
    def _within_the_calendar(self, data: Any, **_options: Any) -> None:
        """A moment on the last or first day of the calendar leaves it in some zone, and no page could show it."""
        if isinstance(data, dict):
            edge = {name: [EDGE] for name, value in data.items() if isinstance(value, datetime) and is_on_edge(value)}
            if edge:
                raise ma.ValidationError(edge)


class Text(fields.String):
    """One line or more of text with a limit: trimmed, and empty only where `empty` says so."""

    def __init__(self, *, limit: int = SHORT_TEXT, empty: bool = False, **options: Any) -> None:
        checks = [validate.Length(min=0 if empty else 1, max=limit), *options.pop("checks", ())]
        super().__init__(validate=checks, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        return str(super()._deserialize(value, attr, data, **options)).strip()


class TextByLanguage(fields.Dict):
    """A text in each of the languages of the pages, as far as it is known: {"es": "…", "ru": "…"}."""

    def __init__(self, description: str, *, limit: int = 200, **options: Any) -> None:
        language = fields.String(validate=validate.OneOf(list(LANGUAGES)))
        super().__init__(keys=language, values=Text(limit=limit), metadata={"description": description}, **options)


class Id(fields.Integer):
    """An identifier of ours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=1, max=MAX_ID), **options)


class QueryId(fields.Integer):
    """An identifier in the query string, where everything is text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Range(min=1, max=MAX_ID), **options)


class Instant(fields.AwareDateTime):
    """A moment with its offset, in UTC from here on. One that leaves the calendar on the way there is invalid."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **options)
        try:
            return moment.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


class PageArgs(Schema):
    """Query of every list."""

    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(min=1, max=MAX_LIMIT))
    cursor = fields.String(load_default=None, validate=validate.Length(max=500))


class ProblemOut(Schema):
    """An error, as RFC 9457 describes it."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Messages by field, for invalid input."},
    )
    missing = fields.List(fields.String(), metadata={"description": "What would make a refused step possible."})
    request_id = fields.String(metadata={"description": "Under which a failure of ours was logged."})


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of one page of a list of `item`."""
    members = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(
            required=True, allow_none=True, metadata={"description": "Where to go on; null at the end."}
        ),
    }
    name = item.__name__.removesuffix("Out")
    return type(f"{name}PageOut", (Schema,), members)
