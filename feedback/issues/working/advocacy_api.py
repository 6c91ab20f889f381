"""/api/v1/issues/{id}/watch, /nudges and /escalations: standing up for a customer."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from feedback.access.auth import current_viewer, requires
from feedback.issues.models import Issue
from feedback.issues.queries.single import access_issue
from feedback.issues.schemas import Moment
from feedback.issues.working import advocacy
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import LONG_TEXT, Schema, Text

blueprint = Blueprint("advocacy", __name__, url_prefix="/api/v1/issues", description="Standing up for a customer")
MAY = advocacy.PERMISSION


class NudgeIn(Schema):
    """A word to the owner, if there is one."""

    note = Text(limit=LONG_TEXT, empty=True, load_default="")


class EscalationIn(Schema):
    """Why the lead has to look at it."""

    reason = Text(required=True, limit=LONG_TEXT)


class AdvocacyOut(Schema):
    """What the caller can do now, and who would hear of it."""

    watching = fields.Boolean(required=True)
    owner = fields.String(required=True, allow_none=True)
    leads = fields.List(fields.String(), required=True, metadata={"description": "Who hears of an escalation."})
    nudge_from = Moment(required=True, allow_none=True, metadata={"description": "Not before; null: at once."})
    escalate_from = Moment(required=True, allow_none=True, metadata={"description": "Not before; null: at once."})


def _shown(issue: Issue) -> advocacy.Standing:
    return advocacy.standing_of(issue, current_viewer())


@blueprint.route("/<int:issue_id>/advocacy")
class Advocacy(MethodView):
    """Before anything is pressed."""

    @requires(MAY)
    @blueprint.response(200, AdvocacyOut)
    def get(self, issue_id: int) -> advocacy.Standing:
        """Show whether the caller watches an issue, and who hears of a reminder or an escalation"""
        return _shown(access_issue(issue_id, viewer=current_viewer(), permission=MAY))


@blueprint.route("/<int:issue_id>/watch")
class Watch(MethodView):
    """Hearing of everything."""

    @requires(MAY)
    @blueprint.response(200, AdvocacyOut)
    def put(self, issue_id: int) -> advocacy.Standing:
        """Hear of everything that happens to an issue"""
        with transaction():
            return _shown(advocacy.watch(issue_id, viewer=current_viewer()))

    @requires(MAY)
    @blueprint.response(200, AdvocacyOut)
    def delete(self, issue_id: int) -> advocacy.Standing:
        """Hear of it no more"""
        with transaction():
            return _shown(advocacy.stop_watching(issue_id, viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/nudges")
class Nudges(MethodView):
    """Reminding the owner."""

    @requires(MAY)
    @blueprint.arguments(NudgeIn)
    @blueprint.response(201, AdvocacyOut)
    def post(self, body: dict[str, Any], issue_id: int) -> advocacy.Standing:
        """Remind the owner that somebody waits; once a day and person"""
        with transaction():
            return _shown(advocacy.nudge(issue_id, said=body["note"], viewer=current_viewer()))


@blueprint.route("/<int:issue_id>/escalations")
class Escalations(MethodView):
    """Taking it to the lead."""

    @requires(MAY)
    @blueprint.arguments(EscalationIn)
    @blueprint.response(201, AdvocacyOut)
    def post(self, body: dict[str, Any], issue_id: int) -> advocacy.Standing:
        """Take an issue to the lead of its team, with why; once a day and person"""
        with transaction():
            return _shown(advocacy.escalate(issue_id, reason=body["reason"], viewer=current_viewer()))
