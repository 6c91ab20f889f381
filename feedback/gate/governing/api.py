"""/api/v1/gate-policies: drafted by one, simulated, approved by another, and then active."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.gate.governing import queries, service
from feedback.gate.governing.schemas import (
    ActivePolicyOut,
    DraftChangeIn,
    DraftDecisionIn,
    DraftDetailOut,
    DraftIn,
    DraftListArgs,
    DraftOut,
)
from feedback.gate.governing.simulation import simulate_draft
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import page_of

blueprint = Blueprint("gate_policies", __name__, url_prefix="/api/v1/gate-policies", description="The policy of the gate.")


@blueprint.route("/active")
class Active(MethodView):
    """The policy that counts now."""

    @requires(queries.READ)
    @blueprint.response(200, ActivePolicyOut)
    def get(self) -> dict[str, Any]:
        """The policy under which decisions are taken"""
        return queries.current_policy()


@blueprint.route("")
class Drafts(MethodView):
    """Drafts."""

    @requires(queries.READ)
    @blueprint.arguments(DraftListArgs, location="query")
    @blueprint.response(200, page_of(DraftOut))
    def get(self, args: dict[str, Any]) -> Any:
        """List drafts and the policies that came from them, the newest first"""
        return queries.list_drafts(**args)

    @requires(queries.WRITE)
    @blueprint.arguments(DraftIn)
    @blueprint.response(201, DraftDetailOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Draft a policy as changes to the one that counts now

        Tables that would ever sell to a detractor, over a serious or unconfirmed problem, without recorded consent or before the
        need is solved, or that permit more when things get worse, are refused.
        """
        with transaction():
            made = service.draft_policy(body["title"], body["why"], _whole(body["changes"]), current_viewer())
            return queries.draft_details(made.id)


@blueprint.route("/<int:draft_id>")
class Draft(MethodView):
    """One draft."""

    @requires(queries.READ)
    @blueprint.response(200, DraftDetailOut)
    def get(self, draft_id: int) -> dict[str, Any]:
        """A draft with what it says otherwise and what it would change"""
        return queries.draft_details(draft_id)

    @requires(queries.WRITE)
    @blueprint.arguments(DraftChangeIn)
    @blueprint.response(200, DraftDetailOut)
    def patch(self, body: dict[str, Any], draft_id: int) -> dict[str, Any]:
        """Change a draft; it has to be simulated again"""
        changes = body.pop("changes", None)
        with transaction():
            service.change_draft(draft_id, body, None if changes is None else _whole(changes), current_viewer())
            return queries.draft_details(draft_id)


@blueprint.route("/<int:draft_id>/simulation")
class Simulation(MethodView):
    """What it would change."""

    @requires(queries.WRITE)
    @blueprint.response(200, DraftDetailOut)
    def put(self, draft_id: int) -> dict[str, Any]:
        """Simulate a draft on the accounts of today, the decisions of the last 90 days and the sales of the last year"""
        seen, figures = simulate_draft(draft_id)
        with transaction():
            service.keep_simulation(draft_id, seen, figures)
            return queries.draft_details(draft_id)


@blueprint.route("/<int:draft_id>/decision")
class DraftDecision(MethodView):
    """The word of a second person."""

    @requires(queries.APPROVE)
    @blueprint.arguments(DraftDecisionIn)
    @blueprint.response(200, DraftDetailOut)
    def put(self, body: dict[str, Any], draft_id: int) -> dict[str, Any]:
        """Approve what somebody else drafted, which makes it active at once, or send it back with a reason"""
        with transaction():
            service.decide_draft(draft_id, approve=body["approve"], note=body["note"], viewer=current_viewer())
            return queries.draft_details(draft_id)


@blueprint.route("/<int:draft_id>/withdrawal")
class Withdrawal(MethodView):
    """Taking it back."""

    @requires(queries.WRITE)
    @blueprint.response(200, DraftDetailOut)
    def put(self, draft_id: int) -> dict[str, Any]:
        """Take back a draft that nobody decided about"""
        with transaction():
            service.withdraw_draft(draft_id, current_viewer())
            return queries.draft_details(draft_id)


def _whole(changes: dict[str, Any]) -> dict[str, Any]:
    """Numbers without a fraction as whole ones: 365.0 days are 365."""
    limits = {name: int(value) if float(value).is_integer() else value for name, value in changes.get("limits", {}).items()}
    return {**changes, "limits": limits}
