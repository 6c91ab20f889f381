"""What accepted answers set in motion, in their own transaction: statistics, issues, news."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.store import Answer, scored
from feedback.closed_loop.intake.stored import load_issue_ids
from feedback.defects.statistics import append_answers
from feedback.issues.intake import DetractorAnswer, open_or_join_issues
from feedback.kernel import events
from feedback.surveys.events import AnswersReceived

DETRACTOR_MAX = 6


def count_answers(session: Session, created: Sequence[Answer], before: Sequence[Answer], after: Sequence[Answer]) -> None:
    """Tell the statistics: new answers count, corrected ones count as they are now instead of as they were."""
    append_answers(session, scored(created, [1] * len(created)))
    if before:
        append_answers(session, scored([*before, *after], [-1] * len(before) + [1] * len(after)))


def open_issues(session: Session, created: Sequence[Answer], corrected: Sequence[Answer], now: datetime) -> dict[int, int]:
    """Open or join an issue for each fresh detractor answer; answers the issue by response id.

    A corrected answer that is a voice of an issue stays with it, whatever its score is now.
    """
    settings = current_app.extensions["closedloop_settings"]
    fresh_from = now - timedelta(days=settings.old_answer_days)
    detractors = [
        _detractor(answer)
        for answer in (*created, *corrected)
        if answer.score <= DETRACTOR_MAX and answer.responded_at >= fresh_from
    ]
    issues = load_issue_ids(session, [answer.id for answer in corrected]) if corrected else {}
    return issues | open_or_join_issues(detractors) if detractors else issues


def _detractor(answer: Answer) -> DetractorAnswer:
    return DetractorAnswer(
        response_id=answer.id,
        account_id=answer.account_id,
        contact_id=answer.contact_id,
        role=answer.role,
        score=answer.score,
        language=answer.language,
        responded_at=answer.responded_at,
        defects=tuple((defect.id, defect.category.value) for defect in answer.defects),
    )


def publish_received(answers: Sequence[Answer]) -> None:
    """Tell the other slices, once per list."""
    if answers:
        events.publish(
            AnswersReceived(
                response_ids=tuple([answer.id for answer in answers]),
                account_ids=frozenset([answer.account_id for answer in answers]),
                detractor_account_ids=frozenset([answer.account_id for answer in answers if answer.score <= DETRACTOR_MAX]),
            )
        )
