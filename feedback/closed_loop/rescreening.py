"""What changes a customer's standing has its sales plays screened again: what was right to sell yesterday may not be today."""

from feedback.accounts.events import BuyingFactsChanged
from feedback.gate.contacts.events import SalesContactLogged
from feedback.gate.governing.events import PolicyActivated
from feedback.gate.overriding.events import OverrideChanged
from feedback.issues.events import IssuesChanged
from feedback.outer_loop.events import DisruptionChanged
from feedback.permission.events import ConsentChanged, CountryPolicyChanged
from feedback.selling.marking import look_again_soon, look_again_soon_at_contacts, look_again_soon_everywhere
from feedback.surveys.events import AnswerDeleted, AnswersReceived


def after_answers(news: AnswersReceived) -> None:
    """A fresh answer."""
    look_again_soon(news.account_ids)


def after_deletion(news: AnswerDeleted) -> None:
    """An answer that is gone."""
    look_again_soon([news.account_id])


def after_issues(news: IssuesChanged) -> None:
    """A problem was opened, moved on or closed."""
    look_again_soon(news.account_ids)


def after_consent(news: ConsentChanged) -> None:
    """A consent was given or withdrawn."""
    look_again_soon_at_contacts(news.contact_ids)


def after_buying_facts(news: BuyingFactsChanged) -> None:
    """A role, a "not now", an estimate, or spend."""
    look_again_soon(news.account_ids)


def after_disruption(news: DisruptionChanged) -> None:
    """A disruption began, ended, or reaches others."""
    look_again_soon(news.account_ids)


def after_sales_contact(news: SalesContactLogged) -> None:
    """Somebody was there already."""
    look_again_soon([news.account_id])


def after_country_policy(news: CountryPolicyChanged) -> None:
    """What a country allows changed."""
    look_again_soon(news.account_ids)


def after_override(news: OverrideChanged) -> None:
    """An exception was granted, or ended."""
    look_again_soon([news.account_id])


def after_policy(_news: PolicyActivated) -> None:
    """Another policy counts: what it holds now, and what it lets go, is seen at once."""
    look_again_soon_everywhere()
