"""What happens is noted for partners: they are told after the commit."""

from feedback.accounts.events import BuyingFactsChanged
from feedback.gate.governing.events import PolicyActivated
from feedback.gate.overriding.events import OverrideChanged
from feedback.issues.events import IssuesChanged
from feedback.outer_loop.events import DisruptionChanged
from feedback.partners.news import tell_answers, tell_consents
from feedback.partners.watching import look_at_everybody, touch, touch_contacts
from feedback.permission.events import ConsentChanged, CountryPolicyChanged
from feedback.surveys.events import AnswerDeleted, AnswersReceived


def after_answers(news: AnswersReceived) -> None:
    """The account's standing may have moved, and the answer itself is news."""
    touch(news.account_ids)
    tell_answers(news.response_ids)


def after_deletion(news: AnswerDeleted) -> None:
    """What is not there any more moves no standing."""
    touch([news.account_id])


def after_issues(news: IssuesChanged) -> None:
    """An open issue closes the gate, and its moves are news."""
    touch(news.account_ids)


def after_consent(news: ConsentChanged) -> None:
    """A withdrawal closes, and a grant may open."""
    touch_contacts(news.contact_ids)
    tell_consents(news.contact_ids)


def after_buying_facts(news: BuyingFactsChanged) -> None:
    """A role, a "not now" or an estimate of the wallet."""
    touch(news.account_ids)


def after_disruption(news: DisruptionChanged) -> None:
    """It holds selling, or holds it no more."""
    touch(news.account_ids)


def after_country_policy(news: CountryPolicyChanged) -> None:
    """What a country allows opens and closes for all who live there."""
    touch(news.account_ids)


def after_override(news: OverrideChanged) -> None:
    """An exception opens, and its end closes."""
    touch([news.account_id])


def after_policy(_news: PolicyActivated) -> None:
    """Another policy may move every standing."""
    look_at_everybody()
