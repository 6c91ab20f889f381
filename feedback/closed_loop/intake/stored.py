"""Reading stored answers back: for repetitions, corrections and deletions."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.answers import Answer, Answers
from feedback.defects.catalogue import DefectKey
from feedback.defects.models import Citation, Defect
from feedback.issues.models import IssueVoice
from feedback.issues.rules import CallWish
from feedback.kernel.bulk import in_list
from feedback.kernel.db import microseconds
from feedback.kernel.prepared import Prepared
from feedback.surveys import models as surveys
from feedback.surveys.models import Response

_COLUMNS = (
    Response.id,
    Response.account_id,
    Response.contact_id,
    Response.survey_id,
    Response.score,
    Response.role,
    Response.segment,
    Response.region,
    Response.responded_at,
    Response.channel,
    Response.language,
)


_CITED = Prepared(
    sa.select(Citation.response_id, Defect.code, Defect.id, Defect.ordinal, Defect.category)
    .join(Defect, Defect.id == Citation.defect_id)
    .where(in_list(Citation.response_id, "ids"))
    .order_by(Defect.code)
)
_ANSWERS = Prepared(sa.select(*_COLUMNS).where(in_list(Response.id, "ids")).order_by(Response.id))
_VOICES = Prepared(sa.select(IssueVoice.response_id, IssueVoice.issue_id).where(in_list(IssueVoice.response_id, "ids")))


def load_answers(session: Session, response_ids: Sequence[int]) -> Answers:
    """Those stored answers that exist, with what they cite, in the order of their ids."""
    connection = session.connection()
    cited: dict[int, list[str]] = defaultdict(list)
    catalogue: dict[str, DefectKey] = {}
    for response_id, code, defect_id, ordinal, category in _CITED.rows(connection, {"ids": response_ids}):
        cited[response_id].append(code)
        catalogue[code] = DefectKey(defect_id, ordinal, category)
    found = _ANSWERS.rows(connection, {"ids": response_ids})
    return Answers.of([_answer(row, cited.get(row.id, ())) for row in found], catalogue)


def _answer(row: Any, codes: Sequence[str]) -> Answer:
    return Answer(
        row.id,
        row.account_id,
        row.contact_id,
        row.survey_id,
        row.score,
        row.role,
        row.segment,
        row.region,
        microseconds(row.responded_at),
        row.channel,
        tuple(codes),
        row.language,
    )


def load_issue_ids(session: Session, response_ids: Sequence[int]) -> dict[int, int]:
    """The issue that each answer opened or joined."""
    found = _VOICES.rows(session.connection(), {"ids": response_ids})
    return {response_id: issue_id for response_id, issue_id in found if response_id is not None}


_wish = surveys.CallWish.__table__.c
_WISHES = Prepared(sa.select(_wish.response_id, _wish.phone, _wish.best_time).where(in_list(_wish.response_id, "ids")))


def load_wishes(connection: sa.Connection, response_ids: Sequence[int]) -> dict[int, CallWish]:
    """Who of these wants to be called."""
    found = _WISHES.rows(connection, {"ids": response_ids})
    return {response_id: CallWish(phone, best_time) for response_id, phone, best_time in found}
