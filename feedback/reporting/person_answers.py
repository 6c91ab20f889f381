"""The answers behind a person's line on the page of an account: of which survey each is, and what it does there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from feedback.extensions import db
from feedback.gate.advocacy import Answer, Because, Buyer, Validity, is_valid, own_answer
from feedback.gate.limits import current_limits
from feedback.gate.standing import Standing
from feedback.surveys.models import Response, SurveyProgram
from feedback.web.naming import name_for_reader


class Use(StrEnum):
    """What an answer does for the advocacy of the account."""

    COUNTS = "counts"  # the newest valid relationship answer
    COUNTS_HALF = "counts_half"  # an answer after a contact, where there is no relationship answer
    HOLDS = "holds"  # a last word below 7 of somebody with a say: the account waits for a fresh 7
    LOWERS = "lowers"  # worse than what counts: it lowers what this person is offered, and nobody else
    NOTHING = "nothing"  # an answer after a contact, not worse than what counts
    OLD = "old"


@dataclass(frozen=True)
class PersonAnswer:
    """The newest answer of somebody to one kind of survey."""

    score: int
    answered_at: datetime
    survey: str
    use: Use


def answers_of(standing: Standing) -> dict[int, list[PersonAnswer]]:
    """Contact → the newest answer to each kind of survey, the newest first."""
    buyers = [person.buyer for person in standing.facts.people]
    surveys = _surveys([answer.id for buyer in buyers for answer in _both(buyer)])
    validity = current_limits().validity
    return {
        buyer.contact_id: [
            PersonAnswer(answer.score, answer.at, surveys.get(answer.id, ""), use_of(answer, buyer, standing, validity))
            for answer in _both(buyer)
        ]
        for buyer in buyers
    }


def use_of(answer: Answer, buyer: Buyer, standing: Standing, validity: Validity) -> Use:
    """What this answer, one of the buyer's two, does for the account's advocacy."""
    roll, now, relationship = standing.facts.roll, standing.computed_at, answer is buyer.relationship
    holds = answer.id in {holding.id for _contact, holding in roll.holding}
    if holds and roll.because is Because.HELD:
        return Use.HOLDS
    if answer.id in {counted.id for _role, counted, _contact in roll.counted}:
        return Use.COUNTS if relationship else Use.COUNTS_HALF
    if holds:
        return Use.HOLDS
    if not is_valid(answer, now, validity.relationship_days if relationship else validity.transactional_days):
        return Use.OLD
    return Use.LOWERS if own_answer(buyer, now, validity) == answer else Use.NOTHING


def _both(buyer: Buyer) -> list[Answer]:
    found = [answer for answer in (buyer.relationship, buyer.transactional) if answer is not None]
    return sorted(found, key=lambda answer: (answer.at, answer.id), reverse=True)


def _surveys(response_ids: list[int]) -> dict[int, str]:
    """Answer → what its survey is called for the reader, from one statement."""
    if not response_ids:
        return {}
    columns = sa.select(Response.id, name_for_reader(SurveyProgram))
    query = columns.join(SurveyProgram, SurveyProgram.id == Response.survey_id).where(Response.id.in_(response_ids))
    return {response_id: name for response_id, name in db.session.execute(query)}  # noqa: C416  rows are no pairs to mypy
