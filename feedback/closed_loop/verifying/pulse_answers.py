"""Answers to recovery pulses: what they say about a fix that nobody has confirmed, and about one that did not hold."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from feedback.extensions import db
from feedback.issues.history import note
from feedback.issues.inserting import insert_ignoring_conflicts
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueSource, IssueState
from feedback.issues.verifying.models import RecoveryPulse, Verification
from feedback.issues.verifying.rules import Way, is_refusal, verdict_of_score
from feedback.issues.verifying.words import Word, take_word
from feedback.kernel.bulk import in_list
from feedback.kernel.prepared import Prepared
from feedback.surveys.events import AnswersReceived
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import SurveyKind

_response, _program = Response.__table__.c, SurveyProgram.__table__.c
_PULSES = Prepared(
    sa.select(_response.id, _response.account_id, _response.contact_id, _response.score, _response.responded_at)
    .join(SurveyProgram.__table__, _program.id == _response.survey_id)
    .where(in_list(_response.id, "ids"), _program.kind == SurveyKind.RECOVERY_PULSE)
    .order_by(_response.id)
)
_AWAITING = (IssueState.FIXED, IssueState.VERIFIED, IssueState.CLOSED_UNVERIFIED)


def after_answers(event: AnswersReceived) -> None:
    """Each pulse is a word about the fix that it asks about, however it came: over its link, by phone, from another system."""
    for answer in _PULSES.rows(db.session.connection(), {"ids": sorted(event.response_ids)}):
        issue_id = _issue_of(answer)
        if issue_id is not None:
            _note(issue_id, answer)


def attach(response_ids: Sequence[int], now: datetime) -> None:
    """A pulse that tells of a relapse belongs to the issue that it asks about: it opens none of its own."""
    rows = []
    for answer in _PULSES.rows(db.session.connection(), {"ids": sorted(response_ids)}):
        issue_id = _issue_of(answer)
        if issue_id is not None and db.session.get_one(Issue, issue_id).state in _AWAITING:
            row = {"issue_id": issue_id, "contact_id": answer.contact_id, "response_id": answer.id, "created_at": now}
            rows.append(row | {"why": {IssueSource.RESPONSE.value: {"score": answer.score}}})
    insert_ignoring_conflicts(IssueVoice, ("issue_id", "response_id"), rows)


def _issue_of(answer: sa.Row) -> int | None:  # type: ignore[type-arg]
    """The newest issue of the account that this person stands behind and whose fix waits for a word, or was confirmed."""
    asked = sa.select(RecoveryPulse.issue_id).where(RecoveryPulse.contact_id == answer.contact_id)
    mailed = sa.select(Verification.issue_id).where(Verification.contact_id == answer.contact_id)
    query = sa.select(Issue.id).where(
        Issue.account_id == answer.account_id,
        Issue.state.in_((*_AWAITING, IssueState.CLOSED)),
        Issue.fixed_at < answer.responded_at,
        sa.or_(Issue.id.in_(asked), Issue.id.in_(mailed)),
    )
    return db.session.scalar(query.order_by(Issue.fixed_at.desc(), Issue.id.desc()).limit(1))


def _note(issue_id: int, answer: sa.Row) -> None:  # type: ignore[type-arg]
    query = sa.select(Issue).where(Issue.id == issue_id).with_for_update()
    issue = db.session.scalars(query.execution_options(populate_existing=True)).one()
    verdict = verdict_of_score(answer.score)
    note(issue.id, "pulse_answered", None, contact_id=answer.contact_id, score=answer.score, response_id=answer.id)
    known = sa.select(Verification.id).where(Verification.response_id == answer.id)
    if issue.state not in _AWAITING or db.session.execute(known).first() is not None:
        return  # a closed issue stays closed: a detractor's answer opens one of its own, as any other does
    if issue.state is IssueState.VERIFIED and not is_refusal(verdict):
        return
    take_word(issue, Word(answer.contact_id, verdict, Way.PULSE, response_id=answer.id))
