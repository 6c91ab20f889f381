"""/api/v1/notifications: what one was told, and how one wants to be told."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.kernel.db import MAX_ID
from feedback.kernel.errors import Forbidden, InvalidInput, NotFound
from feedback.kernel.paging import decode_cursor, encode_cursor
from feedback.outbox.queries import count_unread
from feedback.outbox.service import mark_read
from feedback.outbox.wording import wording
from feedback.telling import queries, wishes
from feedback.telling.queries import NoticeFilter, Told
from feedback.telling.rules.topics import Channel, modes_of, topic_of
from feedback.telling.schemas import NoticeArgs, NoticePageOut, ReadIn, ReadOut, SettingsIn, SettingsOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("notifications", __name__, url_prefix="/api/v1", description="What the bell shows, and how one is told")


def _own_id() -> int:
    user_id = current_viewer().user_id
    if user_id is None:
        raise Forbidden("Only people have a bell; an API token has none.")
    return user_id


def before(cursor: str | None) -> int | None:
    """The id in a cursor of ours."""
    if not cursor:
        return None
    (last,) = decode_cursor(cursor, size=1)
    if not isinstance(last, int) or not 0 < last <= MAX_ID:
        raise InvalidInput({"cursor": ["This cursor is not one of ours; start again without it."]})
    return last


def _present(told: Told) -> dict[str, Any]:
    words = wording(told.kind, told.params)
    return vars(told) | {"text": words.title, "advice": words.advice, "topic": topic_of(told.kind)}


@blueprint.route("/notifications")
class Notices(MethodView):
    """The bell."""

    @requires("self")
    @blueprint.arguments(NoticeArgs, location="query")
    @blueprint.response(200, NoticePageOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List what I was told, newest first"""
        user_id, limit = _own_id(), args["limit"]
        wanted = NoticeFilter(args["unread"], args["topic"], args["account_id"])
        found = queries.notices_of(user_id, wanted, before_id=before(args["cursor"]), limit=limit + 1)
        more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return {"items": [_present(told) for told in found[:limit]], "next_cursor": more, "unread": count_unread(user_id)}


@blueprint.route("/notifications/read")
class ReadNotices(MethodView):
    """Taking lines off."""

    @requires("self")
    @blueprint.arguments(ReadIn)
    @blueprint.response(200, ReadOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Mark lines as read (all of mine without ids)"""
        with transaction():
            return {"read": mark_read(_own_id(), body["ids"])}


@blueprint.route("/notifications/<int:notification_id>/read")
class ReadNotice(MethodView):
    """Taking one line off."""

    @requires("self")
    @blueprint.response(200, ReadOut)
    def post(self, notification_id: int) -> dict[str, Any]:
        """Mark one line as read"""
        user_id = _own_id()
        with transaction():
            if not queries.is_of(user_id, notification_id):
                raise NotFound
            return {"read": mark_read(user_id, [notification_id])}


@blueprint.route("/notification-settings")
class Settings(MethodView):
    """How one is told."""

    @requires("self")
    @blueprint.response(200, SettingsOut)
    def get(self) -> dict[str, Any]:
        """Show how and when I am told"""
        return _settings(_own_id())

    @requires("self")
    @blueprint.arguments(SettingsIn)
    @blueprint.response(200, SettingsOut)
    def patch(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change how and when I am told

        What waits for a digest, or for the end of quiet hours, follows at once.
        """
        user_id = _own_id()
        choices = {(one["topic"], one["channel"]): one["mode"] for one in body.pop("choices", ())}
        with transaction():
            now = vars(wishes.times_of(user_id)) | body
            wishes.change_wishes(user_id, wishes.Times(**now), choices)
            return _settings(user_id)


def _settings(user_id: int) -> dict[str, Any]:
    sheet = wishes.sheet_of(user_id)
    choices = [
        {"topic": topic, "channel": channel, "mode": sheet.mode(topic, channel), "modes": modes_of(topic, channel)}
        for topic in wishes.topics_for(current_viewer().role)
        for channel in Channel
    ]
    return vars(wishes.times_of(user_id)) | {"time_zone": sheet.wishes.time_zone, "choices": choices}
