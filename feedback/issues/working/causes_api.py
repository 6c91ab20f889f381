"""/api/v1/root-causes: the shared tree."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.issues.working import causes
from feedback.issues.working.cause_tree import CauseFilter, count_causes, count_without_cause
from feedback.issues.working.schemas import (
    RootCauseChangeIn,
    RootCauseIn,
    RootCauseJoinIn,
    RootCauseListArgs,
    RootCauseOut,
    RootCausesOut,
)
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("root_causes", __name__, url_prefix="/api/v1", description="The shared tree of root causes")


@blueprint.route("/root-causes")
class RootCauses(MethodView):
    """The tree."""

    @requires("cause.read")
    @blueprint.arguments(RootCauseListArgs, location="query")
    @blueprint.response(200, RootCausesOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Show the tree with how many of the caller's issues each cause has"""
        viewer, wanted = current_viewer(), CauseFilter(since=args["since"])
        return {
            "items": count_causes(viewer, wanted, retired=args["retired"]),
            "without_cause": count_without_cause(viewer, wanted),
        }

    @requires("cause.write")
    @blueprint.arguments(RootCauseIn)
    @blueprint.response(201, RootCauseOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Name a cause and give it its place"""
        with transaction():
            return _shown(causes.add_cause(body.pop("name"), viewer=current_viewer(), **body).id)


def _shown(cause_id: int) -> Any:
    lines = count_causes(current_viewer(), CauseFilter(), retired=True)
    return next(line for line in lines if line.id == cause_id)


@blueprint.route("/root-causes/<int:cause_id>")
class OneRootCause(MethodView):
    """One cause."""

    @requires("cause.write")
    @blueprint.arguments(RootCauseChangeIn)
    @blueprint.response(200, RootCauseOut)
    def patch(self, body: dict[str, Any], cause_id: int) -> Any:
        """Rename, move, retire or take back a cause"""
        with transaction():
            return _shown(causes.change_cause(cause_id, body, viewer=current_viewer()).id)


@blueprint.route("/root-causes/<int:cause_id>/joining")
class RootCauseJoining(MethodView):
    """Two names of one cause."""

    @requires("cause.write")
    @blueprint.arguments(RootCauseJoinIn)
    @blueprint.response(200, RootCauseOut)
    def post(self, body: dict[str, Any], cause_id: int) -> Any:
        """Join a cause with another one, which gets its issues; this one is retired"""
        with transaction():
            return _shown(causes.join_causes(cause_id, body["into_id"], viewer=current_viewer()).id)
