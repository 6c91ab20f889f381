"""Writing accepted answers: responses and citations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.intake import Parties
from feedback.closed_loop.intake.answers import Answers, Catalogue
from feedback.closed_loop.intake.said import ReadAnswers
from feedback.defects.models import Citation
from feedback.defects.rules import CitationSource
from feedback.issues.rules import CallWish
from feedback.kernel.bulk import Instants, among, insert_columns, next_ids
from feedback.kernel.db import microseconds
from feedback.surveys import models as surveys
from feedback.surveys.models import Response
from feedback.surveys.rules import AnswerChannel


@dataclass(frozen=True, slots=True)
class Arrival:
    """What all answers of one list share."""

    now: datetime
    channel: AnswerChannel
    surveys: Mapping[str, int]
    catalogue: Catalogue


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
)


def build_answers(response_ids: Sequence[int], said: ReadAnswers, parties: Parties, arrival: Arrival) -> Answers:
    """Join what was said with who said it."""
    columns = {
        "id": response_ids,
        "account_id": parties.account_id,
        "contact_id": parties.contact_id,
        "survey_id": [arrival.surveys[survey] for survey in said["survey"]],
        "score": said["score"],
        "role": parties.role,
        "segment": parties.segment,
        "region": parties.region,
        "responded_at": _or(said["responded_at"], [microseconds(arrival.now)] * len(said)),
        "channel": _or(said["channel"], [arrival.channel] * len(said)),
        "codes": said["defects"],
        "language": _or(said["language"], parties.language),
        "role_guessed": parties.role_guessed,
    }
    return Answers(columns, arrival.catalogue)


def _or(said: Sequence[Any], instead: Sequence[Any]) -> Sequence[Any]:
    """A column, with another one where nothing was said."""
    if None not in said:
        return said
    return [other if value is None else value for value, other in zip(said, instead, strict=True)]


def insert_answers(session: Session, said: ReadAnswers, parties: Parties, arrival: Arrival) -> Answers:
    """Store new answers with their citations; ids ascend in the order of the list."""
    table: sa.Table = Response.__table__  # type: ignore[assignment]
    size = len(said)
    answers = build_answers(next_ids(session, table, size), said, parties, arrival)
    columns: dict[str, Any] = {
        "invitation_id": said["invitation_id"],
        "source": said["source"],
        "external_id": said["external_id"],
        "content_digest": said["digest"],
        "version": [1] * size,
        "comment": said["comment"],
        "responded_at": Instants(answers["responded_at"]),
        "created_at": [arrival.now] * size,
    }
    insert_columns(session, table, columns | {name: answers[name] for name in _AS_STORED})
    insert_citations(session, answers)
    insert_wishes(session, dict(zip(answers["id"], said["call_me"], strict=True)), arrival.now)
    return answers


def insert_citations(session: Session, answers: Answers) -> None:
    """Store what each answer cites, as said by the customer."""
    response_ids, defect_ids = answers.citations()
    source = [CitationSource.CUSTOMER] * len(response_ids)
    table: sa.Table = Citation.__table__  # type: ignore[assignment]
    insert_columns(session, table, {"response_id": response_ids, "defect_id": defect_ids, "source": source})


def insert_wishes(session: Session, wishes: Mapping[int, CallWish | None], now: datetime) -> None:
    """Store who wants to be called."""
    rows = [
        {"response_id": response_id, "phone": wish.phone, "best_time": wish.best_time, "asked_at": now}
        for response_id, wish in wishes.items()
        if wish is not None
    ]
    if rows:
        session.execute(sa.insert(surveys.CallWish), rows)


def replace_wishes(session: Session, wishes: Mapping[int, CallWish | None], now: datetime) -> None:
    """Store who wants to be called now, in the place of what they said before."""
    session.execute(sa.delete(surveys.CallWish).where(among(surveys.CallWish.response_id, list(wishes))))
    insert_wishes(session, wishes, now)
