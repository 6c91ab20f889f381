"""/api/v1/concessions: asked for by one, approved by another."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from feedback.access.auth import current_viewer, requires
from feedback.issues.schemas import Moment, NamedOut
from feedback.issues.working import concessions
from feedback.issues.working.concessions import MOST, ConcessionLine
from feedback.issues.working.rules import ConcessionState
from feedback.kernel.errors import NotFound
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Id, PageArgs, QueryId, Schema, Text, page_of

blueprint = Blueprint("concessions", __name__, url_prefix="/api/v1", description="What customers are given for a problem")


class ConcessionIn(Schema):
    """What is asked for; without an issue nothing is given."""

    issue_id = Id(required=True)
    amount = fields.Float(required=True, validate=validate.Range(min=0, min_inclusive=False, max=MOST))
    currency = fields.String(validate=validate.Regexp(r"[A-Z]{3}\Z", error="Write three capital letters, such as EUR."))
    reason = Text(required=True, limit=LONG_TEXT)


class ConcessionListArgs(PageArgs):
    """Query of the list."""

    state = fields.Enum(ConcessionState, by_value=True, load_default=None)
    issue_id = QueryId(load_default=None)


class ConcessionDecisionIn(Schema):
    """Yes or no; a no says why."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = Text(limit=LONG_TEXT, empty=True, load_default="")


class ConcessionOut(Schema):
    """A concession."""

    id = fields.Integer(required=True)
    issue_id = fields.Integer(required=True)
    issue_number = fields.Integer(required=True, attribute="number")
    account_id = fields.Integer(required=True)
    account = fields.String(required=True)
    amount = fields.Float(required=True)
    currency = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.Enum(ConcessionState, by_value=True, required=True)
    requested_by = fields.Nested(NamedOut, required=True)
    requested_at = Moment(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    decided_at = Moment(required=True, allow_none=True)
    decision = fields.String(required=True, allow_none=True)


def _shown(line: ConcessionLine) -> dict[str, Any]:
    return {**vars(line), "requested_by": {"id": line.requested_by_id, "name": line.requested_by}}


def _one(concession_id: int, issue_id: int) -> dict[str, Any]:
    page = concessions.list_concessions(current_viewer(), issue_id=issue_id, limit=200)
    for line in page.items:
        if line.id == concession_id:
            return _shown(line)
    raise NotFound


@blueprint.route("/concessions")
class Concessions(MethodView):
    """Concessions in the caller's scope."""

    @requires("concession.read")
    @blueprint.arguments(ConcessionListArgs, location="query")
    @blueprint.response(200, page_of(ConcessionOut))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List concessions, the newest first"""
        page = concessions.list_concessions(current_viewer(), **args)
        return {"items": [_shown(line) for line in page.items], "next_cursor": page.next_cursor}

    @requires("concession.request")
    @blueprint.arguments(ConcessionIn)
    @blueprint.response(201, ConcessionOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Ask for a concession; who may approve it is told"""
        with transaction():
            made = concessions.request_concession(body.pop("issue_id"), **body, viewer=current_viewer())
            return _one(made.id, made.issue_id)


@blueprint.route("/concessions/<int:concession_id>/decision")
class Decision(MethodView):
    """The word of somebody else."""

    @requires("concession.approve")
    @blueprint.arguments(ConcessionDecisionIn)
    @blueprint.response(200, ConcessionOut)
    def put(self, body: dict[str, Any], concession_id: int) -> dict[str, Any]:
        """Approve or decline what somebody else asked for"""
        with transaction():
            made = concessions.decide_concession(
                concession_id, approve=body["approve"], words=body["note"], viewer=current_viewer()
            )
            return _one(made.id, made.issue_id)


@blueprint.route("/concessions/<int:concession_id>/withdrawal")
class Withdrawal(MethodView):
    """Taking it back."""

    @requires("concession.request")
    @blueprint.response(200, ConcessionOut)
    def put(self, concession_id: int) -> dict[str, Any]:
        """Take back what one asked for"""
        with transaction():
            made = concessions.withdraw_concession(concession_id, viewer=current_viewer())
            return _one(made.id, made.issue_id)
