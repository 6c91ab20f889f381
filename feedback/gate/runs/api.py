"""/api/v1/gate/runs: what the gate said about all accounts at once."""

from typing import Any

import sqlalchemy as sa
from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.gate.rules import Initiation, Outcome, Play
from feedback.gate.runs import queries
from feedback.permission.rules import Channel, Purpose
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, Schema, page_of

blueprint = Blueprint("gate_runs", __name__, url_prefix="/api/v1/gate/runs", description="May we sell, over all accounts?")


class RunOut(Schema):
    """A question that was put about every active account."""

    id = fields.Integer(required=True)
    purpose = fields.Enum(Purpose, by_value=True, required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    initiation = fields.Enum(Initiation, by_value=True, required=True)
    at_any_hour = fields.Boolean(required=True, metadata={"description": "Hours and holidays are left out: a plan for the day."})
    policy_version = fields.String(required=True)
    as_of = fields.DateTime(format="iso", required=True)
    finished_at = fields.DateTime(format="iso", required=True)
    accounts = fields.Integer(required=True)
    outcomes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    opened = fields.Integer(required=True, allow_none=True, metadata={"description": "Since the run before; null for the first."})
    closed = fields.Integer(required=True, allow_none=True)


class RunAnswersArgs(PageArgs):
    """Query of the answers."""

    outcome = fields.Enum(Outcome, by_value=True, load_default=None)


class RunAnswerOut(Schema):
    """What was said about one account. It is no decision: before somebody sells, the gate is asked about this account."""

    account_id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    play = fields.Enum(Play, by_value=True, required=True)
    inputs = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


@blueprint.route("")
class Runs(MethodView):
    """The runs."""

    @requires(queries.READ_ALL)
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(RunOut))
    def get(self, args: dict[str, Any]) -> Any:
        """List runs over all accounts, the newest first; the totals of all are kept, the answers of the last two"""
        return queries.list_runs(**args)


@blueprint.route("/<int:run_id>/answers")
class RunAnswers(MethodView):
    """One run's answers."""

    @requires(queries.READ)
    @blueprint.arguments(RunAnswersArgs, location="query")
    @blueprint.response(200, page_of(RunAnswerOut))
    def get(self, args: dict[str, Any], run_id: int) -> dict[str, Any]:
        """List what a run said about the caller's accounts, by account"""
        page = queries.list_answers(run_id, current_viewer(), **args)
        return {"items": [_shown(row) for row in page.items], "next_cursor": page.next_cursor}


def _shown(row: sa.Row[Any]) -> dict[str, Any]:
    inputs = {name: value.value for name, value in queries.inputs_of(row.cell)._asdict().items()}
    return {**row._asdict(), "inputs": inputs}
