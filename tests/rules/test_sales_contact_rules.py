"""Whether a sales contact was allowed by the decisions before it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.gate.contacts.rules import Asked, Match, matched
from feedback.gate.rules import Initiation, Outcome

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def decided(outcome: Outcome = Outcome.ALLOW, *, id_: int = 1, contact_id: int | None = 7, **values) -> Asked:
    defaults = {"initiation": Initiation.OUTBOUND, "play": "upsell", "decided_at": NOON - HOUR, "expires_at": NOON + HOUR}
    return Asked(id=id_, contact_id=contact_id, outcome=outcome, **(defaults | {"invalidated_at": None} | values))


def test_an_offer_under_a_live_yes_is_valid():
    yes = decided()
    assert matched([yes], 7, NOON) == (Match.VALID, yes)


def test_a_live_no_is_named():
    no = decided(Outcome.HOLD)
    assert matched([no], 7, NOON) == (Match.AGAINST, no)


def test_nobody_asked():
    assert matched([], 7, NOON) == (Match.WITHOUT, None)


def test_a_decision_about_somebody_else_says_nothing():
    assert matched([decided(contact_id=8)], 7, NOON) == (Match.WITHOUT, None)


def test_a_decision_that_named_nobody_counts_for_everybody_until_one_names_the_contact():
    general, own = decided(Outcome.ALLOW, contact_id=None), decided(Outcome.BLOCK, id_=2)
    assert matched([general], 7, NOON)[0] is Match.VALID
    assert matched([own, general], 7, NOON)[0] is Match.AGAINST


def test_a_decision_that_lapsed_allows_nothing():
    lapsed = decided(expires_at=NOON)
    assert matched([lapsed], 7, NOON) == (Match.WITHOUT, lapsed)


def test_what_happened_between_decision_and_call_took_the_yes_away():
    taken = decided(invalidated_at=NOON - HOUR / 2)
    assert matched([taken], 7, NOON) == (Match.WITHOUT, taken)


def test_what_happened_after_the_call_did_not():
    assert matched([decided(invalidated_at=NOON + HOUR / 2)], 7, NOON)[0] is Match.VALID


def test_answering_what_the_customer_asked_for_is_no_violation():
    asked = decided(Outcome.RESPOND_ONLY, initiation=Initiation.REQUESTED)
    assert matched([asked], 7, NOON)[0] is Match.VALID


@given(st.sampled_from(Outcome), st.sampled_from(Initiation))
def test_only_offers_and_answers_to_requests_are_ever_valid(outcome: Outcome, initiation: Initiation):
    match, _ = matched([decided(outcome, initiation=initiation)], 7, NOON)
    requested = outcome is Outcome.RESPOND_ONLY and initiation is Initiation.REQUESTED
    assert (match is Match.VALID) == (outcome in (Outcome.ALLOW, Outcome.ALLOW_LIMITED) or requested)
