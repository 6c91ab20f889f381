"""Answers end the waiting for those who gave them."""

from feedback.issues.waiting import end_for_answers
from feedback.surveys.events import AnswersReceived


def after_answers(news: AnswersReceived) -> None:
    """What waited for one of these people goes on."""
    end_for_answers(news.account_ids, news.response_ids)
