"""/api/v1/deliveries and /api/v1/chat-hooks: what became of notices, and where chats are."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.kernel.paging import encode_cursor
from feedback.telling import hooks, log, trial
from feedback.telling.log import LogFilter
from feedback.telling.notices_api import before
from feedback.telling.schemas import (
    DeliveryArgs,
    DeliveryPageOut,
    HookChangeIn,
    HookIn,
    HookListOut,
    HookOut,
    HookTrialOut,
)
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("telling", __name__, url_prefix="/api/v1", description="What became of notices, and where chats are")


@blueprint.route("/deliveries")
class Deliveries(MethodView):
    """The delivery log."""

    @requires("telling.write")
    @blueprint.arguments(DeliveryArgs, location="query")
    @blueprint.response(200, DeliveryPageOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List what became of notices, newest first"""
        wanted, limit = LogFilter(args["fate"], args["channel"], args["user_id"], args["undelivered"]), args["limit"]
        found = log.lines(wanted, before_id=before(args["cursor"]), limit=limit + 1)
        more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
        return {"items": found[:limit], "next_cursor": more}


@blueprint.route("/deliveries/<int:delivery_id>/retry")
class Retry(MethodView):
    """Another try."""

    @requires("telling.write")
    @blueprint.response(204)
    def post(self, delivery_id: int) -> None:
        """Try once more what was given up"""
        with transaction():
            log.retry(delivery_id, actor=current_viewer().actor)


@blueprint.route("/chat-hooks")
class ChatHooks(MethodView):
    """Chats."""

    @requires("telling.write")
    @blueprint.response(200, HookListOut)
    def get(self) -> dict[str, Any]:
        """List chats, their addresses masked"""
        return {"items": hooks.list_hooks()}

    @requires("telling.write")
    @blueprint.arguments(HookIn)
    @blueprint.response(201, HookOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Set up a chat of the company or of a team"""
        with transaction():
            return hooks.create_hook(hooks.HookDraft(**body), actor=current_viewer().actor)


@blueprint.route("/chat-hooks/<int:hook_id>")
class OneChatHook(MethodView):
    """One chat."""

    @requires("telling.write")
    @blueprint.arguments(HookChangeIn)
    @blueprint.response(200, HookOut)
    def patch(self, body: dict[str, Any], hook_id: int) -> Any:
        """Change a chat"""
        with transaction():
            return hooks.change_hook(hook_id, body, actor=current_viewer().actor)

    @requires("telling.write")
    @blueprint.response(204)
    def delete(self, hook_id: int) -> None:
        """Remove a chat"""
        with transaction():
            hooks.remove_hook(hook_id, actor=current_viewer().actor)


@blueprint.route("/chat-hooks/<int:hook_id>/test")
class TryChatHook(MethodView):
    """A message to try it."""

    @requires("telling.write")
    @blueprint.response(200, HookTrialOut)
    def post(self, hook_id: int) -> Any:
        """Send a message to a chat, and show what it answered"""
        return trial.try_hook(hook_id)
