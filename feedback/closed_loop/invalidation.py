"""What happens takes effect on the next decision, and closes the open ones that did not know of it."""

from feedback.accounts.events import BuyingFactsChanged
from feedback.gate.closing import invalidate_decisions, invalidate_decisions_of_contacts
from feedback.gate.contacts.events import SalesContactLogged
from feedback.gate.overriding.events import OverrideChanged
from feedback.issues.events import FROM_ANSWERS, IssuesChanged
from feedback.outer_loop.events import DisruptionChanged
from feedback.permission.events import ConsentChanged, CountryPolicyChanged
from feedback.surveys.events import AnswerDeleted, AnswersReceived


def after_answers(news: AnswersReceived) -> None:
    """Any answer may change an account's band, in either direction."""
    invalidate_decisions(news.account_ids, _cause("response", news.response_ids))


def after_deletion(news: AnswerDeleted) -> None:
    """An answer that does not exist any more decides nothing."""
    invalidate_decisions([news.account_id], f"deleted response:{news.response_id}")


def after_issues(news: IssuesChanged) -> None:
    """A problem was opened, moved on or closed. What answers did to issues is told with the answers."""
    if news.reason == FROM_ANSWERS:
        return
    invalidate_decisions(news.account_ids, f"issues: {news.reason}")


def after_consent(news: ConsentChanged) -> None:
    """A withdrawal counts from the moment it is recorded."""
    invalidate_decisions_of_contacts(news.contact_ids, _cause("consent of contact", news.contact_ids))


def after_country_policy(news: CountryPolicyChanged) -> None:
    """What a country allows is asked by the very next decision."""
    invalidate_decisions(news.account_ids, f"country policy:{news.policy_id}")


def after_buying_facts(news: BuyingFactsChanged) -> None:
    """A role, a "not now" or a wallet estimate changes what the tables are asked."""
    invalidate_decisions(news.account_ids, f"{news.what} changed")


def after_disruption(news: DisruptionChanged) -> None:
    """A disruption holds selling from the moment it is known, and until each customer was told that it is over."""
    invalidate_decisions(news.account_ids, f"disruption:{news.disruption_id}")


def after_sales_contact(news: SalesContactLogged) -> None:
    """Whoever was approached is not approached again at once, by anybody here."""
    invalidate_decisions([news.account_id], f"sales contact:{news.sales_contact_id}")


def after_override(news: OverrideChanged) -> None:
    """An exception was granted, or ended: the answers before it do not count any more."""
    invalidate_decisions([news.account_id], f"override:{news.override_id}")


def _cause(kind: str, ids: tuple[int, ...]) -> str:
    return f"{kind}:{ids[0]}" if len(ids) == 1 else f"{len(ids)} × {kind}"
