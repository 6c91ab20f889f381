"""The API of survey programs."""

from typing import Any

from flask.views import MethodView

from feedback.access.auth import current_viewer, requires
from feedback.surveys import programs, queries, reasons
from feedback.surveys.programs_schemas import (
    ProgramChangeIn,
    ProgramIn,
    ProgramListOut,
    ProgramOut,
    SurveyReasonsArgs,
    SurveyReasonsIn,
    SurveyReasonsOut,
    VersionIn,
    VersionListOut,
    VersionOut,
)
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint

blueprint = Blueprint("programs", __name__, url_prefix="/api/v1/programs", description="What is asked, and how often")


@blueprint.route("")
class Programs(MethodView):
    """All programs."""

    @requires("survey.read")
    @blueprint.response(200, ProgramListOut)
    def get(self) -> dict[str, Any]:
        """List survey programs"""
        return {"items": programs.list_programs()}

    @requires("survey.write")
    @blueprint.arguments(ProgramIn)
    @blueprint.response(201, ProgramOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Add a survey program"""
        with transaction():
            return programs.create_program(body, actor=current_viewer().actor)


@blueprint.route("/<int:program_id>")
class Program(MethodView):
    """One program."""

    @requires("survey.read")
    @blueprint.response(200, ProgramOut)
    def get(self, program_id: int) -> Any:
        """Show a survey program"""
        return programs.get_program(program_id)

    @requires("survey.write")
    @blueprint.arguments(ProgramChangeIn)
    @blueprint.response(200, ProgramOut)
    def patch(self, body: dict[str, Any], program_id: int) -> Any:
        """Change a survey program

        Its kind stays: the answers it has count as that kind.
        """
        with transaction():
            return programs.change_program(program_id, body, actor=current_viewer().actor)


@blueprint.route("/<int:program_id>/versions")
class Versions(MethodView):
    """The texts of one program."""

    @requires("survey.read")
    @blueprint.response(200, VersionListOut)
    def get(self, program_id: int) -> dict[str, Any]:
        """List the versions of a program's texts, the newest first"""
        return {"items": programs.list_versions(programs.get_program(program_id).id)}

    @requires("survey.write")
    @blueprint.arguments(VersionIn)
    @blueprint.response(201, VersionOut)
    def post(self, body: dict[str, Any], program_id: int) -> Any:
        """Give a program new texts

        A survey uses one language as a whole: the contact's own, then the program's fallbacks, then English. Answers and started
        waves keep the texts they were asked with.
        """
        with transaction():
            return programs.add_version(program_id, body["texts"], actor=current_viewer().actor)


@blueprint.route("/<int:program_id>/reasons")
class Reasons(MethodView):
    """What people may tick."""

    @requires("survey.read")
    @blueprint.arguments(SurveyReasonsArgs, location="query")
    @blueprint.response(200, SurveyReasonsOut)
    def get(self, args: dict[str, Any], program_id: int) -> dict[str, Any]:
        """Show the reasons that a program offers, by category, in the words of customers"""
        return _reasons(program_id, args["language"])

    @requires("survey.write")
    @blueprint.arguments(SurveyReasonsIn)
    @blueprint.response(200, SurveyReasonsOut)
    def put(self, body: dict[str, Any], program_id: int) -> dict[str, Any]:
        """Choose the reasons that a program offers, and their order

        An empty list goes back to the first of the catalogue.
        """
        with transaction():
            reasons.choose_reasons(program_id, body["defects"], actor=current_viewer().actor)
            return _reasons(program_id, "en")


def _reasons(program_id: int, language: str) -> dict[str, Any]:
    program = programs.get_program(program_id)
    return {"chosen": reasons.chosen_reasons(program_id), "groups": queries.list_reasons(program.code, language)}
