"""/api/v1/routing-rules, trying rules out, and handing over what an absent person leaves open."""

from datetime import UTC, datetime, time
from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.issues import assigning, rulebook
from feedback.issues.queries.staffing import list_route_rules
from feedback.issues.rulebook import RuleLine
from feedback.issues.rulebook_schemas import HandedOverOut, HandOverIn, RulesSchema, SimulationIn, SimulationOut, SkillMergeIn
from feedback.issues.simulating import Simulation, simulate_rules
from feedback.staffing.schemas import SkillOut
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("rules", __name__, url_prefix="/api/v1", description="Who gets an issue")


@blueprint.route("/routing-rules")
class RoutingRules(MethodView):
    """Who gets an issue."""

    @requires("rules.write")
    @blueprint.response(200, RulesSchema)
    def get(self) -> dict[str, Any]:
        """Show the routing rules in their order"""
        return {"items": rulebook.list_rules()}

    @requires("rules.write")
    @blueprint.arguments(RulesSchema)
    @blueprint.response(200, RulesSchema)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Replace all routing rules; the last one must catch all"""
        with transaction():
            rulebook.replace_rules([RuleLine(**line) for line in body["items"]], actor=current_viewer().actor)
            return {"items": rulebook.list_rules()}


@blueprint.route("/routing-rules/simulations")
class Simulations(MethodView):
    """What rules would have done."""

    @requires("rules.write")
    @blueprint.arguments(SimulationIn)
    @blueprint.response(200, SimulationOut)
    def post(self, body: dict[str, Any]) -> Simulation:
        """Try rules out on the issues of a past period, beside what was done; nothing is stored"""
        lines = body["items"]
        rules = list_route_rules() if lines is None else rulebook.checked_rules([RuleLine(**line) for line in lines])
        since, until = (datetime.combine(body[name], time(), UTC) for name in ("since", "until"))
        return simulate_rules(rules, since, until, viewer=current_viewer())


@blueprint.route("/skills/<int:skill_id>")
class OneSkill(MethodView):
    """A skill that rules may ask for."""

    @requires("staff.write")
    @blueprint.response(204)
    def delete(self, skill_id: int) -> None:
        """Take a skill from the catalogue and from everybody who has it, unless a rule asks for it"""
        with transaction():
            rulebook.delete_skill(skill_id, actor=current_viewer().actor)


@blueprint.route("/skills/<int:skill_id>/merges")
class SkillMerges(MethodView):
    """Two skills that are one."""

    @requires("staff.write")
    @blueprint.arguments(SkillMergeIn)
    @blueprint.response(200, SkillOut)
    def post(self, body: dict[str, Any], skill_id: int) -> Any:
        """Join another skill with this one: who has it, and rules that ask for it, have and ask for this one"""
        with transaction():
            return rulebook.merge_skills(skill_id, body["skill_id"], actor=current_viewer().actor)


@blueprint.route("/absences/<int:absence_id>/handover")
class HandOver(MethodView):
    """What an absent person leaves open."""

    @requires("absence.write")
    @blueprint.arguments(HandOverIn)
    @blueprint.response(200, HandedOverOut)
    def post(self, body: dict[str, Any], absence_id: int) -> dict[str, Any]:
        """Give what somebody who is away has open to the deputy, or to somebody else, in one step"""
        wanted = assigning.HandOver(body["to"], body["issue_ids"], body["note"])
        with transaction():
            return {"issue_ids": assigning.hand_over(absence_id, wanted, viewer=current_viewer())}
