"""Writing accepted answers: responses, citations and what counts in the statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.intake import Party
from feedback.accounts.rules import ROLE_INDEX, ContactRole
from feedback.closed_loop.intake.content import Content
from feedback.defects.catalogue import DefectKey
from feedback.defects.models import Citation
from feedback.defects.packing import ScoredAnswers
from feedback.defects.rules import CitationSource
from feedback.kernel.bulk import insert_columns, next_ids
from feedback.surveys.models import Response
from feedback.surveys.rules import AnswerChannel


@dataclass(slots=True)
class Answer:
    """An answer as it is stored. `defects` is in the order of the sender."""

    id: int
    account_id: int
    contact_id: int
    survey_id: int
    score: int
    role: ContactRole
    segment: str | None
    region: str | None
    responded_at: datetime
    channel: AnswerChannel
    defects: tuple[DefectKey, ...]
    codes: tuple[str, ...]
    language: str | None
    role_guessed: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """What all answers of one list share."""

    now: datetime
    channel: AnswerChannel
    surveys: dict[str, int]
    defects: Any  # Mapping[str, DefectKey]


def build_answer(response_id: int, content: Content, party: Party, arrival: Arrival) -> Answer:
    """Join what was said with who said it."""
    return Answer(
        response_id,
        party.account_id,
        party.contact_id,
        arrival.surveys[content.survey],
        content.score,
        party.role,
        party.segment,
        party.region,
        content.responded_at or arrival.now,
        content.channel or arrival.channel,
        tuple([arrival.defects[code] for code in content.defects]) if content.defects else (),
        content.defects,
        content.language or party.language,
        party.role_guessed,
    )


def insert_answers(session: Session, contents: Sequence[Content], parties: Sequence[Party], arrival: Arrival) -> list[Answer]:
    """Store new answers with their citations; ids ascend in the order of the list."""
    table: sa.Table = Response.__table__  # type: ignore[assignment]
    ids = next_ids(session, table, len(contents))
    answers = [build_answer(*row, arrival) for row in zip(ids, contents, parties, strict=True)]
    size = len(answers)
    insert_columns(
        session,
        table,
        {
            "id": ids,
            "account_id": [answer.account_id for answer in answers],
            "contact_id": [answer.contact_id for answer in answers],
            "survey_id": [answer.survey_id for answer in answers],
            "invitation_id": [content.invitation_id for content in contents],
            "source": [content.source for content in contents],
            "external_id": [content.external_id for content in contents],
            "content_digest": [content.digest for content in contents],
            "version": [1] * size,
            "score": [answer.score for answer in answers],
            "comment": [content.comment for content in contents],
            "language": [content.language for content in contents],
            "channel": [answer.channel for answer in answers],
            "role": [answer.role for answer in answers],
            "segment": [answer.segment for answer in answers],
            "region": [answer.region for answer in answers],
            "responded_at": [answer.responded_at for answer in answers],
            "created_at": [arrival.now] * size,
        },
    )
    insert_citations(session, answers)
    return answers


def insert_citations(session: Session, answers: Sequence[Answer]) -> None:
    """Store what each answer cites, as said by the customer."""
    pairs = [(answer.id, defect.id) for answer in answers for defect in answer.defects]
    if pairs:
        response_ids, defect_ids = zip(*pairs, strict=True)
        columns = {"response_id": response_ids, "defect_id": defect_ids, "source": [CitationSource.CUSTOMER] * len(pairs)}
        table: sa.Table = Citation.__table__  # type: ignore[assignment]
        insert_columns(session, table, columns)


def scored(answers: Sequence[Answer], signs: Sequence[int]) -> ScoredAnswers:
    """The columns that the statistics count."""
    return ScoredAnswers(
        month=[12 * answer.responded_at.year + answer.responded_at.month - 1 for answer in answers],
        survey_id=[answer.survey_id for answer in answers],
        segment=[answer.segment or "" for answer in answers],
        region=[answer.region or "" for answer in answers],
        account_id=[answer.account_id for answer in answers],
        role=[ROLE_INDEX[answer.role] for answer in answers],
        score=[answer.score for answer in answers],
        defects=[tuple([defect.ordinal for defect in answer.defects]) for answer in answers],
        sign=signs,
    )
