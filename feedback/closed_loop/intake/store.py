"""Writing accepted answers: responses, citations and what counts in the statistics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

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


class Answer(NamedTuple):
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


_AS_STORED = (
    "id",
    "account_id",
    "contact_id",
    "survey_id",
    "score",
    "language",
    "channel",
    "role",
    "segment",
    "region",
    "responded_at",
)


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
    if not answers:
        return []
    size = len(answers)
    said, stored = _columns(Content, contents), _columns(Answer, answers)
    columns = {
        "invitation_id": said["invitation_id"],
        "source": said["source"],
        "external_id": said["external_id"],
        "content_digest": said["digest"],
        "version": [1] * size,
        "comment": said["comment"],
        "created_at": [arrival.now] * size,
    }
    insert_columns(session, table, columns | {name: stored[name] for name in _AS_STORED})
    insert_citations(session, answers)
    return answers


def _columns(kind: Any, rows: Sequence[Any]) -> dict[str, Sequence[Any]]:
    return dict(zip(kind._fields, zip(*rows, strict=True), strict=True))


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
