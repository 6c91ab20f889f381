"""Correcting and deleting stored answers; what was counted is taken back in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.intake import Parties
from feedback.closed_loop.intake.answers import Answer, Answers
from feedback.closed_loop.intake.said import Content, ReadAnswers
from feedback.closed_loop.intake.store import Arrival, build_answers, insert_citations, replace_wishes
from feedback.closed_loop.intake.stored import load_answers
from feedback.defects.models import Citation
from feedback.kernel.bulk import among
from feedback.surveys.models import Response, ResponseVersion
from feedback.surveys.rules import CorrectionReason


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a stored answer by hand, and why. `actor` as `Viewer.actor` or `invitation:17`."""

    actor: str
    reason: CorrectionReason
    note: str | None = None

    def columns(self) -> dict[str, str | None]:
        """As `ResponseVersion` keeps it."""
        return {"changed_by": self.actor, "reason": self.reason.value, "note": self.note}


def correct_answers(
    session: Session, places: Mapping[int, int], said: ReadAnswers, parties: Parties, arrival: Arrival
) -> tuple[Answers, Answers]:
    """Replace stored answers by what their senders say now; the old content becomes a version.

    Args:
        places: by response id, where in what is said its correction stands.

    Returns:
        The answers as they were and as they are, in the order of `places`.
    """
    if not places:
        return Answers.of([], {}), Answers.of([], {})
    rows = list(places.values())
    contents, spoken = {key: said.row(place) for key, place in places.items()}, said.take(rows)
    found = load_answers(session, list(places))
    old = {answer.id: answer for answer in found.rows()}
    built = build_answers(list(places), spoken, parties.take(rows), arrival).rows()
    new = {answer.id: _corrected(old[answer.id], answer, contents[answer.id]) for answer in built}
    keep_versions(session, old, arrival.now)
    session.execute(sa.delete(Citation).where(among(Citation.response_id, list(places))))
    _write(session, contents, new)
    after = Answers.of(list(new.values()), arrival.catalogue)
    insert_citations(session, after)
    replace_wishes(session, {key: content.call_me for key, content in contents.items()}, arrival.now)
    return Answers.of([old[key] for key in places], found.catalogue), after


def _corrected(old: Answer, answer: Answer, content: Content) -> Answer:
    same_account = answer.account_id == old.account_id
    same_person = same_account and answer.contact_id == old.contact_id
    return answer._replace(
        responded_at=old.responded_at if content.responded_at is None else content.responded_at,
        channel=content.channel or old.channel,
        # copies of the arrival stay, unless the answer moves to somebody else
        segment=old.segment if same_account else answer.segment,
        region=old.region if same_account else answer.region,
        role=old.role if same_person and content.contact_role is None else answer.role,
    )


def keep_versions(session: Session, old: Mapping[int, Answer], now: datetime, change: Change | None = None) -> None:
    """Keep what answers said until now; `change` says who changes them and why, where it is not their source."""
    said = {"changed_by": None, "reason": None, "note": None} if change is None else change.columns()
    statement = sa.select(Response.id, Response.version, Response.comment).where(among(Response.id, list(old)))
    rows = [
        {
            "response_id": response_id,
            "version": version,
            "content": _document(old[response_id], comment),
            "replaced_at": now,
            **said,
        }
        for response_id, version, comment in session.execute(statement)
    ]
    session.execute(sa.insert(ResponseVersion), rows)


def _document(answer: Answer, comment: str | None) -> dict[str, Any]:
    return {
        "account_id": answer.account_id,
        "contact_id": answer.contact_id,
        "survey_id": answer.survey_id,
        "score": answer.score,
        "comment": comment,
        "language": answer.language,
        "channel": answer.channel.value,
        "role": answer.role.value,
        "segment": answer.segment,
        "region": answer.region,
        "responded_at": answer.moment.isoformat(),
        "defects": sorted(answer.codes),
    }


def _write(session: Session, contents: Mapping[int, Content], new: Mapping[int, Answer]) -> None:
    table: sa.Table = Response.__table__  # type: ignore[assignment]
    names = ("account_id", "contact_id", "survey_id", "score", "channel", "role", "segment", "region")
    said = ("content_digest", "comment", "language", "responded_at")
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in (*names, *said)}
    statement = sa.update(table).where(table.c.id == sa.bindparam("of_id")).values(version=table.c.version + 1, **values)
    rows = [
        {
            "of_id": key,
            "new_content_digest": contents[key].digest,
            "new_comment": contents[key].comment,
            "new_language": contents[key].language,
            "new_responded_at": answer.moment,
            **{f"new_{name}": getattr(answer, name) for name in names},
        }
        for key, answer in new.items()
    ]
    session.connection().execute(statement, rows)


def remove_answers(session: Session, response_ids: Sequence[int]) -> Answers:
    """Delete answers with their citations and versions; answers what they were. Issues they opened stay."""
    old = load_answers(session, response_ids)
    found = old["id"]
    session.execute(sa.delete(Citation).where(among(Citation.response_id, found)))
    session.execute(sa.delete(ResponseVersion).where(among(ResponseVersion.response_id, found)))
    session.execute(sa.delete(Response).where(among(Response.id, found)))
    return old
