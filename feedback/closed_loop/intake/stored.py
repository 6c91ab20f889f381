"""Reading stored answers back: for repetitions, corrections and deletions."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.store import Answer
from feedback.defects.catalogue import DefectKey
from feedback.defects.models import Citation, Defect
from feedback.issues.models import IssueVoice
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
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
_ANSWERS = Prepared(sa.select(*_COLUMNS).where(in_list(Response.id, "ids")))
_VOICES = Prepared(sa.select(IssueVoice.response_id, IssueVoice.issue_id).where(in_list(IssueVoice.response_id, "ids")))


def load_answers(session: Session, response_ids: Sequence[int]) -> dict[int, Answer]:
    """Stored answers by id, with what they cite."""
    connection = session.connection()
    cited: dict[int, list[tuple[str, DefectKey]]] = defaultdict(list)
    for response_id, code, defect_id, ordinal, category in _CITED.rows(connection, {"ids": response_ids}):
        cited[response_id].append((code, DefectKey(defect_id, ordinal, category)))
    return {row.id: _answer(row, cited[row.id]) for row in _ANSWERS.rows(connection, {"ids": response_ids})}


def _answer(row: Any, cited: Sequence[tuple[str, DefectKey]]) -> Answer:
    return Answer(
        row.id,
        row.account_id,
        row.contact_id,
        row.survey_id,
        row.score,
        row.role,
        row.segment,
        row.region,
        row.responded_at,
        row.channel,
        tuple(key for _, key in cited),
        tuple(code for code, _ in cited),
        row.language,
    )


def load_issue_ids(session: Session, response_ids: Sequence[int]) -> dict[int, int]:
    """The issue that each answer opened or joined."""
    found = _VOICES.rows(session.connection(), {"ids": response_ids})
    return {response_id: issue_id for response_id, issue_id in found if response_id is not None}
