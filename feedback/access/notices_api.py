"""/api/v1/notifications: the lines under one's own bell."""

from datetime import UTC
from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.kernel.db import MAX_ID
from feedback.kernel.errors import Forbidden, InvalidInput
from feedback.kernel.paging import MAX_LIMIT, decode_cursor, encode_cursor
from feedback.outbox import queries, service
from feedback.outbox.wording import wording
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import Id, PageArgs, Schema

blueprint = Blueprint("notifications", __name__, url_prefix="/api/v1/notifications", description="What the bell shows")


class NoticeArgs(PageArgs):
    """Query of the list."""

    unread = fields.Boolean(load_default=False, metadata={"description": "Only lines that were not read yet."})


class NoticeOut(Schema):
    """One line."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    link = fields.String(required=True)
    params = fields.Dict(required=True)
    created_at = fields.AwareDateTime(required=True, format="iso", default_timezone=UTC)
    read_at = fields.AwareDateTime(required=True, allow_none=True, format="iso", default_timezone=UTC)


class NoticePageOut(Schema):
    """A page of lines, and how many are unread in all."""

    items = fields.List(fields.Nested(NoticeOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    unread = fields.Integer(required=True)


class ReadIn(Schema):
    """Which lines were read; without ids all of them."""

    ids = fields.List(Id(), validate=validate.Length(max=MAX_LIMIT), load_default=None, allow_none=True)


class ReadOut(Schema):
    """How many lines were taken off."""

    read = fields.Integer(required=True)


def _own_id() -> int:
    user_id = current_viewer().user_id
    if user_id is None:
        raise Forbidden("Only people have a bell; an API token has none.")
    return user_id


def _before(cursor: str) -> int:
    (last,) = decode_cursor(cursor, size=1)
    if not isinstance(last, int) or not 0 < last <= MAX_ID:
        raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]})
    return last


@blueprint.route("")
class Notices(MethodView):
    """The bell."""

    @requires("self")
    @blueprint.arguments(NoticeArgs, location="query")
    @blueprint.response(200, NoticePageOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List the lines under my bell, newest first"""
        user_id, limit = _own_id(), args["limit"]
        before = _before(args["cursor"]) if args["cursor"] else None
        found = queries.notifications_of(user_id, unread_only=args["unread"], before_id=before, limit=limit + 1)
        items = [
            {name: getattr(line, name) for name in ("id", "kind", "link", "params", "created_at", "read_at")}
            | {"text": wording(line.kind, line.params).title}
            for line in found[:limit]
        ]
        more = encode_cursor(items[-1]["id"]) if len(found) > limit else None
        return {"items": items, "next_cursor": more, "unread": queries.count_unread(user_id)}


@blueprint.route("/read")
class ReadNotices(MethodView):
    """Taking lines off."""

    @requires("self")
    @blueprint.arguments(ReadIn)
    @blueprint.response(200, ReadOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Mark lines as read (all of mine without ids)"""
        with transaction():
            return {"read": service.mark_read(_own_id(), body["ids"])}
