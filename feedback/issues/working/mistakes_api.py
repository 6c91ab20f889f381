"""/api/v1/issues/{id}/mistakes and /mistakes: an issue that was none, said by one and confirmed by another."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.issues.rules.mistakes import MistakeState
from feedback.issues.schemas import Moment, NamedOut
from feedback.issues.working import mistakes
from feedback.issues.working.mistake_lines import CONFIRM, READ, MistakeFilter, MistakeLine, get_mistake, list_mistakes
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, PageArgs, QueryId, Schema, Text, page_of

blueprint = Blueprint("mistakes", __name__, url_prefix="/api/v1", description="Issues that were entered by mistake")


class MistakeIn(Schema):
    """Why it is a mistake."""

    reason = Text(required=True, limit=LONG_TEXT)


class MistakeListArgs(PageArgs):
    """Query of the list."""

    state = fields.Enum(MistakeState, by_value=True, load_default=None)
    issue_id = QueryId(load_default=None)


class MistakeDecisionIn(Schema):
    """Yes, it was a mistake; or no, with the reason."""

    confirm = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(limit=LONG_TEXT, empty=True, load_default="")


class MistakeOut(Schema):
    """Somebody's word that an issue was a mistake."""

    id = fields.Integer(required=True)
    issue_id = fields.Integer(required=True)
    issue_number = fields.Integer(required=True, attribute="number")
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.Enum(MistakeState, by_value=True, required=True)
    claimed_by = fields.Nested(NamedOut, required=True)
    claimed_at = Moment(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)


def _shown(line: MistakeLine) -> dict[str, Any]:
    return {**vars(line), "claimed_by": {"id": line.claimed_by_id, "name": line.claimed_by}}


def _one(mistake_id: int) -> dict[str, Any]:
    return _shown(get_mistake(mistake_id, current_viewer()))


@blueprint.route("/issues/<int:issue_id>/mistakes")
class IssueMistakes(MethodView):
    """Saying that an issue is none."""

    @requires(mistakes.CLAIM)
    @blueprint.arguments(MistakeIn)
    @blueprint.response(201, MistakeOut)
    def post(self, body: dict[str, Any], issue_id: int) -> dict[str, Any]:
        """Say that an issue was entered by mistake; it stays open until somebody else confirms it"""
        with transaction():
            made = mistakes.claim_mistake(issue_id, reason=body["reason"], viewer=current_viewer())
            return _one(made.id)


@blueprint.route("/mistakes")
class Mistakes(MethodView):
    """What was said to be a mistake."""

    @requires(READ)
    @blueprint.arguments(MistakeListArgs, location="query")
    @blueprint.response(200, page_of(MistakeOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List issues that somebody said were entered by mistake, the newest first"""
        wanted = MistakeFilter(args.pop("state"), args.pop("issue_id"))
        page = list_mistakes(current_viewer(), wanted, **args)
        return {"items": [_shown(line) for line in page.items], "next_cursor": page.next_cursor}


@blueprint.route("/mistakes/<int:mistake_id>/decision")
class MistakeDecision(MethodView):
    """The word of somebody else."""

    @requires(CONFIRM)
    @blueprint.arguments(MistakeDecisionIn)
    @blueprint.response(200, MistakeOut)
    def put(self, body: dict[str, Any], mistake_id: int) -> dict[str, Any]:
        """Confirm it, which closes the issue and takes it out of all figures; or say why it is a problem after all"""
        with transaction():
            mistakes.decide_mistake(mistake_id, confirm=body["confirm"], words=body["note"], viewer=current_viewer())
            return _one(mistake_id)


@blueprint.route("/mistakes/<int:mistake_id>/withdrawal")
class MistakeWithdrawal(MethodView):
    """It was no mistake."""

    @requires(mistakes.CLAIM)
    @blueprint.response(200, MistakeOut)
    def put(self, mistake_id: int) -> dict[str, Any]:
        """Take back what one said"""
        with transaction():
            mistakes.take_back_claim(mistake_id, viewer=current_viewer())
            return _one(mistake_id)
