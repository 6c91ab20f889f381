"""What ends an exception from a hold at once: a new detractor, a serious problem, a withdrawal."""

from feedback.gate.overriding.service import end_broken, end_of_contacts
from feedback.issues.events import FROM_ANSWERS, IssuesChanged
from feedback.outer_loop.events import DisruptionChanged
from feedback.permission.events import ConsentChanged
from feedback.surveys.events import AnswersReceived


def after_answers(news: AnswersReceived) -> None:
    """The customer spoke."""
    end_broken(news.account_ids)


def after_issues(news: IssuesChanged) -> None:
    """A problem was opened, moved on or became graver. What answers did to issues is looked at with the answers."""
    if news.reason != FROM_ANSWERS:
        end_broken(news.account_ids)


def after_disruption(news: DisruptionChanged) -> None:
    """Something is out of order."""
    end_broken(news.account_ids)


def after_consent(news: ConsentChanged) -> None:
    """A contact said what we may do with them."""
    end_of_contacts(news.contact_ids)
