"""What one slice's news makes another do, readable as a table. All of it happens in the transaction of its cause."""

from feedback.accounts.events import BuyingFactsChanged
from feedback.closed_loop import exceptions, invalidation, partner_news, rescreening, selling_news, waiting
from feedback.closed_loop.verifying import asking, pulse_answers
from feedback.gate.contacts.events import SalesContactLogged
from feedback.gate.governing.events import PolicyActivated
from feedback.gate.overriding.events import OverrideChanged
from feedback.issues import queueing
from feedback.issues.events import FixSettled, FixTalkedOf, IssueFixed, IssuesChanged
from feedback.kernel.events import subscribe
from feedback.outer_loop.events import DisruptionChanged
from feedback.permission.events import ConsentChanged, CountryPolicyChanged
from feedback.staffing.events import RoomChanged
from feedback.surveys.events import AnswerDeleted, AnswersReceived

subscribe(AnswersReceived, invalidation.after_answers)
subscribe(AnswersReceived, waiting.after_answers)
subscribe(AnswerDeleted, invalidation.after_deletion)
subscribe(IssuesChanged, invalidation.after_issues)
subscribe(IssuesChanged, queueing.after_issues)  # after the gate, whose rows it must not keep waiting
subscribe(RoomChanged, queueing.after_room)
subscribe(IssueFixed, asking.after_fix)
subscribe(FixTalkedOf, asking.after_talk)
subscribe(FixSettled, asking.after_settling)
subscribe(AnswersReceived, pulse_answers.after_answers)
subscribe(ConsentChanged, invalidation.after_consent)
subscribe(CountryPolicyChanged, invalidation.after_country_policy)
subscribe(BuyingFactsChanged, invalidation.after_buying_facts)
subscribe(SalesContactLogged, invalidation.after_sales_contact)
subscribe(SalesContactLogged, selling_news.after_sales_contact)
subscribe(DisruptionChanged, invalidation.after_disruption)
# an exception ends with what it was made for
subscribe(AnswersReceived, exceptions.after_answers)
subscribe(IssuesChanged, exceptions.after_issues)
subscribe(DisruptionChanged, exceptions.after_disruption)
subscribe(ConsentChanged, exceptions.after_consent)
subscribe(OverrideChanged, invalidation.after_override)
# partners are told by jobs; here their news is only noted
subscribe(AnswersReceived, partner_news.after_answers)
subscribe(AnswerDeleted, partner_news.after_deletion)
subscribe(IssuesChanged, partner_news.after_issues)
subscribe(ConsentChanged, partner_news.after_consent)
subscribe(BuyingFactsChanged, partner_news.after_buying_facts)
subscribe(DisruptionChanged, partner_news.after_disruption)
subscribe(CountryPolicyChanged, partner_news.after_country_policy)
subscribe(PolicyActivated, partner_news.after_policy)
subscribe(OverrideChanged, partner_news.after_override)
# after the gate, which the screening asks
subscribe(AnswersReceived, rescreening.after_answers)
subscribe(AnswerDeleted, rescreening.after_deletion)
subscribe(IssuesChanged, rescreening.after_issues)
subscribe(ConsentChanged, rescreening.after_consent)
subscribe(BuyingFactsChanged, rescreening.after_buying_facts)
subscribe(SalesContactLogged, rescreening.after_sales_contact)
subscribe(DisruptionChanged, rescreening.after_disruption)
subscribe(CountryPolicyChanged, rescreening.after_country_policy)
subscribe(PolicyActivated, rescreening.after_policy)
subscribe(OverrideChanged, rescreening.after_override)
