"""/api/v1/crm-connections, their runs, and /api/v1/crm-conflicts."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.extensions import db
from feedback.kernel.paging import decode_numbers, encode_cursor
from feedback.partners.crm import conflicts, connections
from feedback.partners.crm.models import CrmRun
from feedback.partners.crm.overview import list_runs
from feedback.partners.crm.running import run_connection
from feedback.partners.crm.schemas import (
    CrmChangeIn,
    CrmConflictArgs,
    CrmConflictPageOut,
    CrmDecisionIn,
    CrmIn,
    CrmListOut,
    CrmOut,
    CrmRunIn,
    CrmRunListOut,
    CrmRunOut,
)
from feedback.partners.watching import follow_watchers
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("crm", __name__, url_prefix="/api/v1", description="Customers out of a CRM, and standings back into it")


@blueprint.route("/crm-connections")
class Connections(MethodView):
    """All CRMs."""

    @requires("crm.write")
    @blueprint.response(200, CrmListOut)
    def get(self) -> dict[str, Any]:
        """List CRMs"""
        return {"items": connections.list_connections()}

    @requires("crm.write")
    @blueprint.arguments(CrmIn)
    @blueprint.response(201, CrmOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Connect a CRM"""
        with transaction():
            made = connections.create_connection(connections.CrmDraft(**body), actor=current_viewer().actor)
            follow_watchers()
            return made


@blueprint.route("/crm-connections/<int:connection_id>")
class OneConnection(MethodView):
    """One CRM."""

    @requires("crm.write")
    @blueprint.response(200, CrmOut)
    def get(self, connection_id: int) -> Any:
        """Show a CRM"""
        return connections.get_connection(connection_id)

    @requires("crm.write")
    @blueprint.arguments(CrmChangeIn)
    @blueprint.response(200, CrmOut)
    def patch(self, body: dict[str, Any], connection_id: int) -> Any:
        """Change who wins which field, whether standings are written there, whether it is on"""
        with transaction():
            changed = connections.change_connection(connection_id, body, actor=current_viewer().actor)
            follow_watchers()
            return changed


@blueprint.route("/crm-connections/<int:connection_id>/runs")
class Runs(MethodView):
    """Its runs."""

    @requires("crm.write")
    @blueprint.response(200, CrmRunListOut)
    def get(self, connection_id: int) -> dict[str, Any]:
        """List the newest fifty runs"""
        connections.get_connection(connection_id)
        return {"items": list_runs(connection_id, limit=50)}

    @requires("crm.write")
    @blueprint.arguments(CrmRunIn)
    @blueprint.response(200, CrmRunOut)
    def post(self, body: dict[str, Any], connection_id: int) -> Any:
        """Run it now, or say what a run would do

        Without `Idempotency-Key`.
        """
        return db.session.get_one(CrmRun, run_connection(connection_id, dry=body["dry"]))


@blueprint.route("/crm-conflicts")
class Conflicts(MethodView):
    """What both sides say differently."""

    @requires("crm.write")
    @blueprint.arguments(CrmConflictArgs, location="query")
    @blueprint.response(200, CrmConflictPageOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List conflicts, the newest first"""
        before = decode_numbers(args["cursor"], size=1)[0] if args["cursor"] else None
        found = conflicts.list_conflicts(decided=args["decided"], limit=args["limit"] + 1, before_id=before)
        more = encode_cursor(found[args["limit"] - 1].id) if len(found) > args["limit"] else None
        return {"items": found[: args["limit"]], "next_cursor": more}


@blueprint.route("/crm-conflicts/<int:conflict_id>/decision")
class Decision(MethodView):
    """What somebody decided."""

    @requires("crm.write")
    @blueprint.arguments(CrmDecisionIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any], conflict_id: int) -> None:
        """Keep our value, or take the CRM's"""
        with transaction():
            conflicts.decide(conflict_id, body["keep"], actor=current_viewer().actor)
