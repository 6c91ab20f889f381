"""What accepted answers set in motion, in their own transaction: statistics, issues, news."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from feedback.closed_loop.intake.answers import Answers
from feedback.closed_loop.intake.counting import count
from feedback.closed_loop.intake.reasons import Reasons, Words
from feedback.closed_loop.intake.stored import load_issue_ids
from feedback.closed_loop.verifying.pulse_answers import attach
from feedback.issues.intake import open_or_join_issues
from feedback.issues.rules import DETRACTOR_MAX, Limits
from feedback.kernel import events
from feedback.kernel.db import microseconds
from feedback.surveys.events import AnswersReceived


def count_answers(session: Session, created: Answers, before: Answers, after: Answers) -> None:
    """Tell the statistics: new answers count, corrected ones count as they are now instead of as they were."""
    count(session, created, [1] * len(created))
    if len(before):
        both = Answers.of([*before.rows(), *after.rows()], {**before.catalogue, **after.catalogue})
        count(session, both, [-1] * len(before) + [1] * len(after))


def open_issues(
    session: Session, created: Answers, corrected: Answers, now: datetime, words: Callable[[], Words] | None = None
) -> dict[int, int]:
    """Open or join an issue for each fresh answer that gives a reason; answers the issue by response id.

    A corrected answer that is a voice of an issue stays with it, whatever it says now.

    Args:
        words: gives what the created answers said; what corrected ones say is read back.
    """
    fresh_from = microseconds(now - timedelta(days=_settings().old_answer_days))
    issues = load_issue_ids(session, corrected["id"]) if len(corrected) else {}
    lists = [(answers, _fresh(answers, fresh_from), of) for answers, of in ((created, words), (corrected, None))]
    if not any(places for _, places, _ in lists):
        return issues
    reasons = Reasons(session, _limits())
    found = [one for answers, places, said in lists if places for one in reasons.of(answers, places, said and said())]
    if found:
        attach([answer.response_id for answer in found if answer.is_detractor], now)
    return issues | open_or_join_issues(found) if found else issues


def _fresh(answers: Answers, fresh_from: int) -> list[int]:
    return [place for place, at in enumerate(answers["responded_at"]) if at >= fresh_from]


def _limits() -> Limits:
    return Limits(_settings().major_score_max, _settings().decision_maker_major)


def _settings() -> Any:
    return current_app.extensions["closedloop_settings"]


def publish_received(*lists: Answers) -> None:
    """Tell the other slices, once per list."""
    response_ids = tuple(chain.from_iterable(answers["id"] for answers in lists))
    if response_ids:
        said = [pair for answers in lists for pair in zip(answers["account_id"], answers["score"], strict=True)]
        detractors = frozenset([account_id for account_id, score in said if score <= DETRACTOR_MAX])
        events.publish(AnswersReceived(response_ids, frozenset([account_id for account_id, _ in said]), detractors))
