"""/api/v1/skills, /staff and /absences: who can do what, has how much room, and is away when."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.staffing import queries, service
from feedback.staffing.schemas import (
    AbsenceIn,
    AbsenceListArgs,
    AbsenceOut,
    AbsencesOut,
    NewAbsenceIn,
    ProfileIn,
    ProfileOut,
    SkillChangesIn,
    SkillIn,
    SkillOut,
    SkillsOut,
)
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("staffing", __name__, url_prefix="/api/v1", description="Skills, room and absences of people")


@blueprint.route("/skills")
class Skills(MethodView):
    """What routing rules can ask for."""

    @requires("staff.read")
    @blueprint.response(200, SkillsOut)
    def get(self) -> dict[str, Any]:
        """List the skills"""
        return {"items": queries.list_skills()}

    @requires("staff.write")
    @blueprint.arguments(SkillIn)
    @blueprint.response(201, SkillOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Add a skill"""
        with transaction():
            return service.create_skill(body.pop("code"), actor=current_viewer().actor, **body)


@blueprint.route("/skills/<int:skill_id>")
class OneSkill(MethodView):
    """One skill."""

    @requires("staff.write")
    @blueprint.arguments(SkillChangesIn)
    @blueprint.response(200, SkillOut)
    def patch(self, body: dict[str, Any], skill_id: int) -> Any:
        """Rename a skill; its code stays"""
        with transaction():
            return service.change_skill(skill_id, actor=current_viewer().actor, **body)


@blueprint.route("/staff/<int:colleague_id>")
class Profile(MethodView):
    """What somebody can and has room for."""

    @requires("staff.write")
    @blueprint.arguments(ProfileIn)
    @blueprint.response(200, ProfileOut)
    def patch(self, body: dict[str, Any], colleague_id: int) -> Any:
        """Change somebody's skills, languages or room"""
        with transaction():
            return service.change_profile(colleague_id, viewer=current_viewer(), **body)


@blueprint.route("/absences")
class Absences(MethodView):
    """Who is away."""

    @requires("staff.read")
    @blueprint.arguments(AbsenceListArgs, location="query")
    @blueprint.response(200, AbsencesOut)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """List absences that are not over"""
        return {"items": queries.list_absences(current_viewer(), since=clock.now(), user_id=args["user_id"])}

    @requires("absence.write")
    @blueprint.arguments(NewAbsenceIn)
    @blueprint.response(201, AbsenceOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Enter an absence, one's own or (the lead) of somebody in the team"""
        viewer = current_viewer()
        user_id = body.pop("user_id", viewer.user_id)
        if user_id is None:
            raise InvalidInput({"user_id": ["A token is nobody in particular: name a person by id."]})
        with transaction():
            return service.enter_absence(user_id, service.AbsenceDraft(**body), viewer=viewer)


@blueprint.route("/absences/<int:absence_id>")
class OneAbsence(MethodView):
    """One absence."""

    @requires("absence.write")
    @blueprint.arguments(AbsenceIn)
    @blueprint.response(200, AbsenceOut)
    def put(self, body: dict[str, Any], absence_id: int) -> Any:
        """Change the days or the deputy"""
        with transaction():
            return service.change_absence(absence_id, service.AbsenceDraft(**body), viewer=current_viewer())

    @requires("absence.write")
    @blueprint.response(204)
    def delete(self, absence_id: int) -> None:
        """The person is there after all"""
        with transaction():
            service.delete_absence(absence_id, viewer=current_viewer())
