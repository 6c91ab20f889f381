"""The stop list and the countries' policies beside the contact's own words: an objection always wins, a yes can end."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.permission.grounds import (
    NO_POLICY,
    Listed,
    PolicyRow,
    Terms,
    is_looser,
    permitted,
    strictest,
    terms_in,
    worst,
)
from feedback.permission.rules import Channel, Consent, ConsentAction, LawfulStance, Statement, SuppressionReason

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
GRANTED, REFUSED, WITHDRAWN, OBJECTED = ConsentAction
INTEREST, NEVER, REQUIRED = LawfulStance.LEGITIMATE_INTEREST, LawfulStance.NEVER, LawfulStance.CONSENT_REQUIRED
_ids = count(1)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def said(action: ConsentAction, days: float = 10, *, valid_until: datetime | None = None) -> Statement:
    return Statement(next(_ids), action, ago(days), False, valid_until, 3)


def listed(days: float = 5, until: datetime | None = None) -> Listed:
    return Listed(next(_ids), SuppressionReason.COMPLAINT, ago(days), until)


def row(country: str, stance: LawfulStance, days: float = 5, **values: object) -> PolicyRow:
    defaults = {"channel": None, "max_age_days": None, "notice_id": None}
    return PolicyRow(next(_ids), country, stance=stance, effective_at=ago(days), **defaults | values)


def test_a_yes_ends_on_its_day_and_not_before() -> None:
    grant = said(GRANTED, valid_until=NOW)
    assert permitted([grant], None, NO_POLICY, NOW - timedelta(seconds=1)).until == NOW
    ended = permitted([grant], None, NO_POLICY, NOW)
    assert (ended.state, ended.expired_at, ended.event_id) == (Consent.NOT_RECORDED, NOW, grant.id)


def test_a_yes_ends_when_it_is_older_than_the_policy_wants() -> None:
    terms = Terms(max_age=timedelta(days=365))
    assert permitted([said(GRANTED, 364)], None, terms, NOW).until == NOW + timedelta(days=1)
    assert permitted([said(GRANTED, 365)], None, terms, NOW).state is Consent.NOT_RECORDED


def test_a_no_never_ends() -> None:
    terms = Terms(max_age=timedelta(days=1))
    assert permitted([said(WITHDRAWN, 900)], None, terms, NOW).state is Consent.REFUSED


def test_the_stop_list_wins_over_a_yes_and_names_its_entry() -> None:
    entry = listed(until=NOW + timedelta(days=3))
    found = permitted([said(GRANTED)], entry, NO_POLICY, NOW)
    assert (found.state, found.listed, found.since, found.until) == (Consent.REFUSED, entry.id, entry.since, entry.until)


def test_a_legitimate_interest_holds_until_the_contact_says_no() -> None:
    terms = Terms(INTEREST, policy_id=7, notice_id=4, country="DE")
    allowed = permitted([], None, terms, NOW)
    assert (allowed.state, allowed.policy_id, allowed.notice_id, allowed.country) == (Consent.ALLOWED, 7, 4, "DE")
    assert permitted([said(OBJECTED, 400), said(GRANTED)], None, terms, NOW).state is Consent.REFUSED


def test_a_country_that_says_never_is_not_moved_by_a_yes() -> None:
    found = permitted([said(GRANTED)], None, Terms(NEVER, policy_id=7, country="DE"), NOW)
    assert (found.state, found.policy_id) == (Consent.REFUSED, 7)


def test_the_countrys_own_row_comes_first_then_the_channels_then_the_newest() -> None:
    everywhere, here = row("*", NEVER, channel=Channel.PHONE), row("DE", INTEREST)
    phone, later = row("DE", REQUIRED, channel=Channel.PHONE, days=9), row("DE", NEVER, channel=Channel.PHONE, days=1)
    rows = [everywhere, here]
    assert terms_in("DE", rows, NOW).policy_id == here.id
    assert terms_in("FR", rows, NOW).policy_id == everywhere.id
    assert terms_in("DE", [*rows, phone], NOW).policy_id == phone.id
    assert terms_in("DE", [*rows, phone, later], NOW).policy_id == later.id
    assert terms_in("FR", [here], NOW) == NO_POLICY


def test_a_row_that_is_to_come_ends_what_holds_today() -> None:
    coming = row("DE", NEVER, days=-2)
    found = terms_in("DE", [coming], NOW)
    assert (found.policy_id, found.changes_at) == (None, coming.effective_at)
    assert permitted([said(GRANTED)], None, found, NOW).until == coming.effective_at


def test_who_speaks_in_two_countries_is_protected_as_in_the_stricter_one() -> None:
    here, there = Terms(INTEREST, timedelta(days=9), 1), Terms(NEVER, timedelta(days=90), 2)
    assert strictest([here, there]) == Terms(NEVER, timedelta(days=9), 2)
    assert strictest([]) == NO_POLICY


def test_of_two_entries_the_one_for_good_is_named() -> None:
    for_good = listed()
    assert worst([listed(until=NOW + timedelta(days=3)), for_good]) == for_good
    assert worst([]) is None


@pytest.mark.parametrize(
    ("proposed", "standing", "looser"),
    [
        (Terms(INTEREST), Terms(), True),
        (Terms(), Terms(NEVER), True),
        (Terms(NEVER), Terms(), False),
        (Terms(), Terms(max_age=timedelta(days=9)), True),
        (Terms(max_age=timedelta(days=10)), Terms(max_age=timedelta(days=9)), True),
        (Terms(max_age=timedelta(days=8)), Terms(max_age=timedelta(days=9)), False),
        (Terms(max_age=timedelta(days=8)), Terms(), False),
    ],
)
def test_what_loosens_is_known(proposed: Terms, standing: Terms, looser: bool) -> None:
    assert is_looser(proposed, standing) is looser


ACTIONS = st.lists(st.tuples(st.sampled_from(list(ConsentAction)), st.integers(0, 900)), max_size=6)
AGES = st.none() | st.integers(1, 900).map(timedelta)
STANCES = st.tuples(st.sampled_from(list(LawfulStance)), AGES).map(lambda one: Terms(*one))


@given(ACTIONS, STANCES)
def test_no_policy_ever_overrules_an_objection(history: list[tuple[ConsentAction, int]], terms: Terms) -> None:
    statements = [said(action, days) for action, days in [*history, (OBJECTED, 30)]]
    assert permitted(statements, None, terms, NOW).state is Consent.REFUSED


@given(ACTIONS, STANCES)
def test_an_entry_of_the_stop_list_never_gives_more(history: list[tuple[ConsentAction, int]], terms: Terms) -> None:
    statements = [said(*one) for one in history]
    assert permitted(statements, listed(), terms, NOW).state is Consent.REFUSED


@given(ACTIONS, STANCES, st.integers(1, 400))
def test_nothing_changes_before_the_moment_that_was_named(
    history: list[tuple[ConsentAction, int]], terms: Terms, days: int
) -> None:
    statements, later = [said(*one) for one in history], NOW + timedelta(days=days)
    found = permitted(statements, None, terms, NOW)
    unchanged = permitted(statements, None, terms, later).state is found.state
    assert unchanged or (found.until is not None and found.until <= later)
