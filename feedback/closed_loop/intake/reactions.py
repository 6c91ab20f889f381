"""What accepted answers set in motion, in their own transaction: statistics, issues, news."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from feedback.closed_loop.intake.store import Answer, scored
from feedback.defects.statistics import append_answers
from feedback.kernel import events
from feedback.surveys.events import AnswersReceived

DETRACTOR_MAX = 6


def count_answers(session: Session, created: Sequence[Answer], before: Sequence[Answer], after: Sequence[Answer]) -> None:
    """Tell the statistics: new answers count, corrected ones count as they are now instead of as they were."""
    append_answers(session, scored(created, [1] * len(created)))
    if before:
        append_answers(session, scored([*before, *after], [-1] * len(before) + [1] * len(after)))


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
