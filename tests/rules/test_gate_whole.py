"""The whole decision over invented customers: answers, issues, disruptions, consent, moment and exceptions together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.accounts.exchange import Exchange
from feedback.gate import disrupted, evaluation
from feedback.gate.advocacy import Answer, Buyer, Validity, roll_up
from feedback.gate.contacts.queries import Approach
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.evaluation import Finding, Question
from feedback.gate.limits import Limits
from feedback.gate.overriding.live import LiveOverride
from feedback.gate.queries import Person
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.standing import AccountFacts, AccountRow
from feedback.gate.timing import Approaching, TimingLimits
from feedback.gate.wallet import Estimate, WalletLimits, share_of_wallet
from feedback.issues.queries import IssueFact, OpenIssue
from feedback.issues.rules import IssueStanding, IssueState, Severity
from feedback.issues.rules.enums import STANDING_GRAVITY
from feedback.outer_loop.queries.holding import Hold
from feedback.permission.rules import Channel, Consent, ConsentFact, Purpose

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday
WEEK = (((9 * 60, 19 * 60),),) * 5 + ((), ())
LIMITS = Limits(
    Validity(),
    WalletLimits(),
    24,
    TimingLimits(hours=WEEK, channels=(Channel.PHONE,), contact_cap=2, account_cap=3, other_team_days=2, cooldown_days=30),
    Exchange("EUR"),
)
ROW = AccountRow(1, "A", "Nordbau", "Europe/Madrid", 1e5, "EUR", None, "ES")
STATES = {
    IssueStanding.MAJOR_OPEN: (IssueState.ROUTED, Severity.MAJOR),
    IssueStanding.MINOR_OPEN: (IssueState.ROUTED, Severity.MINOR),
    IssueStanding.FIXED_UNVERIFIED: (IssueState.FIXED, Severity.MAJOR),
}


@dataclass(frozen=True)
class Customer:
    """What is known; `people`: (role, score or None, days ago); `consents`: by contact."""

    people: tuple[tuple[int, int | None, int], ...]
    share: float | None
    issues: tuple[IssueStanding, ...]
    consents: tuple[Consent, ...]
    disruption: tuple[int, int | None] | None  # began and ended so many days ago
    approached: tuple[int, ...]  # so many days ago
    override: bool


people = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 10), st.integers(0, 500))
customers = st.builds(
    Customer,
    people=st.lists(people, max_size=4).map(tuple),
    share=st.none() | st.sampled_from([0.1, 0.49, 0.5, 0.9]),
    issues=st.lists(st.sampled_from(list(STATES)), max_size=2).map(tuple),
    consents=st.lists(st.sampled_from(list(Consent)), min_size=4, max_size=4).map(tuple),
    disruption=st.none() | st.tuples(st.integers(1, 9), st.none() | st.just(0)),
    approached=st.lists(st.integers(0, 60), max_size=3).map(tuple),
    override=st.booleans(),
)
questions = st.tuples(st.sampled_from(list(Initiation)), st.sampled_from([Channel.PHONE, Channel.EMAIL]), st.integers(0, 6 * 24))


def facts_of(customer: Customer, now: datetime) -> AccountFacts:
    here = [_person(number, *one) for number, one in enumerate(customer.people, 1)]
    found = [_issue(number, one) for number, one in enumerate(customer.issues, 1)]
    worst = max((issue.standing for issue in found), key=STANDING_GRAVITY.__getitem__, default=IssueStanding.NONE)
    holds = _holds(customer)
    estimate = [] if customer.share is None else [Estimate(1, "all", 100.0, 100.0 * customer.share, 0.9, NOW.date())]
    wallet = share_of_wallet(estimate, spend_12_months=None, annual_revenue=None, today=NOW.date(), limits=LIMITS.wallet)
    roll = roll_up([person.buyer for person in here], now, LIMITS.validity, {})
    band = disrupted.worst_band(worst, holds, now)
    fact = IssueFact(worst, tuple(found))
    return AccountFacts(ROW, here, roll, wallet, fact, {}, holds, band, _approaches(customer), _overrides(customer, len(here)))


def _person(number: int, role: int, score: int | None, days: int) -> Person:
    answer = None if score is None else Answer(number, score, NOW - timedelta(days=days))
    return Person(Buyer(number, role, answer, None), f"C{number}", None, None, None, None, None, None)


def _issue(number: int, standing: IssueStanding) -> OpenIssue:
    return OpenIssue(number, number, *STATES[standing], standing, "Lea", NOW + timedelta(days=2), NOW + timedelta(days=3), False)


def _holds(customer: Customer) -> tuple[Hold, ...]:
    if customer.disruption is None:
        return ()
    began, ended = customer.disruption
    return (Hold(1, "Down", NOW - timedelta(days=began), None if ended is None else NOW - timedelta(days=ended)),)


def _approaches(customer: Customer) -> list[Approach]:
    outcome = ContactOutcome.INTERESTED
    return [Approach(n, 1, 7, outcome, True, NOW - timedelta(days=days), "Ana") for n, days in enumerate(customer.approached, 1)]


def _overrides(customer: Customer, known: int) -> list[LiveOverride]:
    until = NOW + timedelta(days=7)
    return [LiveOverride(n, n, "offers", "other", 9, "Bo", until) for n in range(1, known + 1)] if customer.override else []


def decide(customer: Customer, asked: tuple[Initiation, Channel, int]) -> Finding:
    initiation, channel, hours = asked
    now = NOW + timedelta(hours=hours)
    facts = facts_of(customer, now)
    consents: Mapping[int, ConsentFact] = {n: ConsentFact(state, n, NOW, None) for n, state in enumerate(customer.consents, 1)}
    approaching = Approaching(channel, initiation, 8, now)
    moment = evaluation.find_moment(facts, None, consents, approaching, LIMITS)
    return evaluation.decide(Question(Purpose.OFFERS, channel, initiation, account_id=1), facts, moment, now, LIMITS)


def offers(customer: Customer, asked: tuple[Initiation, Channel, int]) -> int:
    return offers_permitted(decide(customer, asked).verdict.outcome)


@settings(max_examples=600, deadline=None)
@given(customers, questions)
def test_no_detractor_unverified_fix_or_disruption_is_ever_sold_to(customer, asked):
    now, spoken = NOW + timedelta(hours=asked[2]), [one for one in customer.people if one[1] is not None and one[1] < 7]
    decides = [days for role, _score, days in spoken if role == 0 and days * 24 + asked[2] <= 365 * 24]
    grave = [one for one in customer.issues if one is not IssueStanding.MINOR_OPEN]
    running = [hold for hold in _holds(customer) if hold.is_active(now) or hold.is_over(now)]
    assert not ((decides or grave or running) and offers(customer, asked))


@settings(max_examples=600, deadline=None)
@given(customers, questions)
def test_nobody_whose_last_word_was_a_detractors_makes_a_customer_sellable_by_silence(customer, asked):
    silent = [one for one in customer.people if one[0] in (0, 1) and one[1] is not None and one[1] < 7]
    initiative = asked[0] is not Initiation.REQUESTED
    assert not (silent and initiative and offers(customer, asked))


@settings(max_examples=600, deadline=None)
@given(customers, questions)
def test_no_sale_without_the_recorded_consent_of_who_is_addressed(customer, asked):
    found = decide(customer, asked)
    allowed = found.moment is not None and found.moment.consent.state is Consent.ALLOWED
    assert allowed or not offers_permitted(found.verdict.outcome)


@settings(max_examples=600, deadline=None)
@given(customers, questions)
def test_every_decision_has_a_reason_and_an_end(customer, asked):
    found = decide(customer, asked)
    assert found.verdict.reasons
    assert NOW + timedelta(hours=asked[2]) < found.expires_at


@settings(max_examples=600, deadline=None)
@given(customers, questions, st.sampled_from(list(STATES)))
def test_one_more_issue_never_gives_more(customer, asked, issue):
    assert offers(replace(customer, issues=(*customer.issues, issue)), asked) <= offers(customer, asked)


@settings(max_examples=600, deadline=None)
@given(customers, questions, st.integers(0, 60))
def test_one_more_contact_never_gives_more(customer, asked, days):
    assert offers(replace(customer, approached=(*customer.approached, days)), asked) <= offers(customer, asked)


@settings(max_examples=600, deadline=None)
@given(customers, questions)
def test_a_refusal_of_everybody_never_gives_more(customer, asked):
    refused = replace(customer, consents=(Consent.REFUSED,) * 4)
    assert offers(refused, asked) <= offers(customer, asked)


@settings(max_examples=600, deadline=None)
@given(customers.filter(lambda one: len(one.people) == 1), questions, st.integers(0, 10))
def test_a_worse_answer_of_the_only_person_never_gives_more(customer, asked, worse):
    ((role, score, days),) = customer.people
    lower = replace(customer, people=((role, min(worse, score if score is not None else worse), days),))
    assert score is None or offers(lower, asked) <= offers(customer, asked)


@settings(max_examples=600, deadline=None)
@given(customers, questions)
def test_an_exception_gives_one_offer_at_most_and_takes_none_away(customer, asked):
    without, with_it = (offers(replace(customer, override=has), asked) for has in (False, True))
    assert with_it in (without, max(without, 1))


ORDER = [Consent.ALLOWED, Consent.NOT_RECORDED, Consent.REFUSED]


@settings(max_examples=400, deadline=None)
@given(customers, questions)
def test_who_is_addressed_is_the_first_in_the_published_order(customer, asked):
    initiation, channel, hours = asked
    now = NOW + timedelta(hours=hours)
    facts = facts_of(customer, now)
    away = [person._replace(not_now_until=(now + timedelta(days=9)).date()) for person in facts.people[::2]]
    facts.people = [*away, *facts.people[1::2]]  # every other one wants to be left alone
    consents = {n: ConsentFact(state, n, NOW, None) for n, state in enumerate(customer.consents, 1)}
    approaching = Approaching(channel, initiation, 8, now)
    each = [evaluation.find_moment(facts, one.external_id, consents, approaching, LIMITS) for one in facts.people]
    first = min(each, key=_published_order, default=None)
    chosen = evaluation.find_moment(facts, None, consents, approaching, LIMITS)
    assert (chosen and chosen.person) == (first and first.person)


def _published_order(moment: evaluation.Moment) -> tuple[int, bool, bool, int, int]:
    buyer = moment.person.buyer
    return ORDER.index(moment.consent.state), moment.timing.is_deferred, moment.own is None, buyer.role, buyer.contact_id
