"""Detractor answers for tests of the inner loop."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.intake import OpeningAnswer, open_or_join_issues
from feedback.issues.models import RoutingRule
from feedback.issues.rules import Limits, OpeningRules, Said, causes_of
from feedback.kernel import clock
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import AnswerChannel
from feedback.uow import transaction
from tests.factories import insert, make_contact


def make_response(account_id: int, contact_id: int, score: int, at: datetime | None = None) -> int:
    """A stored answer to the relationship survey."""
    survey_id = db.session.scalar(sa.select(SurveyProgram.id))
    return insert(
        Response,
        account_id=account_id,
        contact_id=contact_id,
        survey_id=survey_id,
        source="test",
        content_digest="",
        version=1,
        score=score,
        channel=AnswerChannel.WEB,
        role=ContactRole.USER,
        responded_at=at or clock.now(),
        created_at=clock.now(),
    )


def make_answer(account_id: int, score: int = 5, **values: Any) -> OpeningAnswer:
    """A stored detractor answer of a user of the account."""
    contact_id = values.pop("contact_id", None) or make_contact(account_id, ContactRole.USER)
    at = values.pop("responded_at", None) or clock.now()
    defaults = {"language": None, "defects": ()}
    settings = current_app.extensions["closedloop_settings"]
    limits = Limits(settings.major_score_max, settings.decision_maker_major)
    said = Said(score, values.pop("role", ContactRole.USER), call=values.pop("call", None), before=values.pop("before", None))
    causes = values.pop("causes", None) or tuple(causes_of(said, OpeningRules(), (), limits))
    return OpeningAnswer(
        response_id=make_response(account_id, contact_id, score, at),
        account_id=account_id,
        contact_id=contact_id,
        score=score,
        responded_at=at,
        causes=causes,
        **defaults | values,
    )


def accept(*answers: OpeningAnswer) -> dict[int, int]:
    """Hand answers to the inner loop as the acceptor does."""
    with transaction():
        return open_or_join_issues(answers)


def catch_all(team_id: int, position: int = 100) -> int:
    """A routing rule that gives everything to a team."""
    return insert(RoutingRule, position=position, team_id=team_id)
