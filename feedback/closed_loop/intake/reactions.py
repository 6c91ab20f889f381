"""What accepted answers set in motion, in their own transaction: statistics, issues, news."""

from datetime import datetime, timedelta
from itertools import chain

from flask import current_app
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.answers import Answer, Answers, Catalogue
from feedback.closed_loop.intake.counting import count
from feedback.closed_loop.intake.stored import load_issue_ids
from feedback.closed_loop.verifying.pulse_answers import attach
from feedback.issues.intake import DetractorAnswer, open_or_join_issues
from feedback.kernel import events
from feedback.kernel.db import microseconds
from feedback.surveys.events import AnswersReceived

DETRACTOR_MAX = 6


def count_answers(session: Session, created: Answers, before: Answers, after: Answers) -> None:
    """Tell the statistics: new answers count, corrected ones count as they are now instead of as they were."""
    count(session, created, [1] * len(created))
    if len(before):
        both = Answers.of([*before.rows(), *after.rows()], {**before.catalogue, **after.catalogue})
        count(session, both, [-1] * len(before) + [1] * len(after))


def open_issues(session: Session, created: Answers, corrected: Answers, now: datetime) -> dict[int, int]:
    """Open or join an issue for each fresh detractor answer; answers the issue by response id.

    A corrected answer that is a voice of an issue stays with it, whatever its score is now.
    """
    settings = current_app.extensions["closedloop_settings"]
    fresh_from = microseconds(now - timedelta(days=settings.old_answer_days))
    detractors = [*_fresh_detractors(created, fresh_from), *_fresh_detractors(corrected, fresh_from)]
    issues = load_issue_ids(session, corrected["id"]) if len(corrected) else {}
    if detractors:
        attach([answer.response_id for answer in detractors], now)
    return issues | open_or_join_issues(detractors) if detractors else issues


def _fresh_detractors(answers: Answers, fresh_from: int) -> list[DetractorAnswer]:
    of = zip(answers["score"], answers["responded_at"], strict=True)
    places = [place for place, (score, at) in enumerate(of) if score <= DETRACTOR_MAX and at >= fresh_from]
    return [_detractor(answer, answers.catalogue) for answer in answers.rows_at(places)]


def _detractor(answer: Answer, catalogue: Catalogue) -> DetractorAnswer:
    return DetractorAnswer(
        response_id=answer.id,
        account_id=answer.account_id,
        contact_id=answer.contact_id,
        role=answer.role,
        score=answer.score,
        language=answer.language,
        responded_at=answer.moment,
        defects=tuple((catalogue[code].id, catalogue[code].category.value) for code in answer.codes),
    )


def publish_received(*lists: Answers) -> None:
    """Tell the other slices, once per list."""
    response_ids = tuple(chain.from_iterable(answers["id"] for answers in lists))
    if response_ids:
        said = [pair for answers in lists for pair in zip(answers["account_id"], answers["score"], strict=True)]
        detractors = frozenset([account_id for account_id, score in said if score <= DETRACTOR_MAX])
        events.publish(AnswersReceived(response_ids, frozenset([account_id for account_id, _ in said]), detractors))
