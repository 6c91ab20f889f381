"""NPS, the ranking of defects, and the defect catalogue."""

from dataclasses import fields
from typing import Any

from flask.views import MethodView
from flask_babel import gettext as _

from feedback.access.auth import current_viewer, requires
from feedback.defects import queries, service
from feedback.defects.models import Defect
from feedback.defects.nps import nps_by, surveys_within
from feedback.defects.programs import find_survey_id, is_counted
from feedback.defects.ranking import rank_defects
from feedback.defects.rules import AnswerFilter, NpsQuery, RankingQuery
from feedback.defects.schemas import (
    ChangeDefectIn,
    CreateDefectIn,
    DefectOut,
    NpsArgs,
    NpsOut,
    RankingArgs,
    RankingOut,
)
from feedback.extensions import db
from feedback.kernel.errors import InvalidInput
from feedback.kernel.paging import Page
from feedback.uow import transaction
from feedback.web.blueprint import Blueprint
from feedback.web.schemas import PageArgs, page_of

blueprint = Blueprint("defects", __name__, url_prefix="/api/v1", description="Which defects cost how much loyalty")


@blueprint.route("/defects/ranking")
class DefectRanking(MethodView):
    """GET /defects/ranking"""

    @requires("report.read")
    @blueprint.arguments(RankingArgs, location="query")
    @blueprint.response(200, RankingOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Rank the defects by what they cost"""
        query.pop("weighting")  # answers are the only weights so far
        wanted = RankingQuery(**_with_survey(query))
        ranking = rank_defects(wanted)
        return {each.name: getattr(ranking, each.name) for each in fields(ranking)} | _of_surveys(wanted)


@blueprint.route("/nps")
class Nps(MethodView):
    """GET /nps"""

    @requires("report.read")
    @blueprint.arguments(NpsArgs, location="query")
    @blueprint.response(200, NpsOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """NPS with its interval, whole or by group"""
        wanted = NpsQuery(**_with_survey(query))
        return {"items": nps_by(wanted)} | _of_surveys(wanted)


@blueprint.route("/defects")
class Catalogue(MethodView):
    """The defect catalogue"""

    @requires("defect.read")
    @blueprint.arguments(PageArgs, location="query")
    @blueprint.response(200, page_of(DefectOut))
    def get(self, query: dict[str, Any]) -> Page[Defect]:
        """List the defect catalogue by code"""
        return queries.list_defects(**query)

    @requires("defect.write")
    @blueprint.arguments(CreateDefectIn)
    @blueprint.response(201, DefectOut)
    def post(self, body: dict[str, Any]) -> Defect:
        """Add a defect"""
        with transaction():
            return service.create_defect(body.pop("code"), actor=current_viewer().name, **body)


@blueprint.route("/defects/<int:defect_id>")
class CatalogueEntry(MethodView):
    """One defect"""

    @requires("defect.read")
    @blueprint.response(200, DefectOut)
    def get(self, defect_id: int) -> Defect:
        """Show a defect"""
        return queries.get_defect(defect_id)

    @requires("defect.write")
    @blueprint.arguments(ChangeDefectIn)
    @blueprint.response(200, DefectOut)
    def patch(self, body: dict[str, Any], defect_id: int) -> Defect:
        """Change a defect"""
        with transaction():
            return service.change_defect(defect_id, actor=current_viewer().name, **body)


def _of_surveys(wanted: AnswerFilter) -> dict[str, Any]:
    shares = surveys_within(wanted)
    return {"surveys": shares, "blended": len({share.kind for share in shares}) > 1}


def _with_survey(query: dict[str, Any]) -> dict[str, Any]:
    """The query with the survey's id in place of its code."""
    code = query.pop("survey")
    survey_id = None if code is None else find_survey_id(db.session(), code)
    if code is not None and survey_id is None:
        raise InvalidInput({"survey": [_("There is no survey with the code %(code)s.", code=code)]})
    if code is not None and not is_counted(db.session(), code):
        raise InvalidInput(
            {"survey": [_("Only customers whose problem was solved answer it; ask for /api/v1/recovery instead.")]}
        )
    return query | {"survey_id": survey_id}
