"""Writing surveys, invitations and answers."""

import sqlalchemy as sa

from feedback.extensions import db
from feedback.kernel import clock
from feedback.surveys.models import SurveyProgram
from feedback.surveys.rules import SurveyKind

DEFAULT_SURVEY = "relationship"


def ensure_default_surveys() -> None:
    """Every installation has the relationship survey."""
    if db.session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == DEFAULT_SURVEY)) is None:
        row = {"code": DEFAULT_SURVEY, "name": "Relationship survey", "kind": SurveyKind.RELATIONSHIP, "created_at": clock.now()}
        db.session.execute(sa.insert(SurveyProgram).values(**row))
