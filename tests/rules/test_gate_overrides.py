"""What an exception does over the whole input space, and the quarter it is listed under."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gate.overriding.rules import OVERRIDE_ACTIVE, Never, lifted, never, quarter_and_week, quarter_of
from feedback.gate.rules import Advocacy, Initiation, IssueBand, Outcome, Timing, offers_permitted
from feedback.gate.tables import DEFAULT_TABLES, all_inputs
from feedback.permission.rules import Consent

EVERYTHING = [(inputs, DEFAULT_TABLES.decide(inputs)) for inputs in all_inputs()]
EXCEPTED = [
    (inputs, verdict, lifted(verdict, inputs, DEFAULT_TABLES))
    for inputs, verdict in EVERYTHING
    if never(verdict.outcome, inputs, silent_detractor=False) is None
]


def test_there_are_some():
    assert {inputs.advocacy for inputs, _, _ in EXCEPTED} == {Advocacy.PROMOTER, Advocacy.PASSIVE, Advocacy.UNKNOWN}


def test_only_a_hold_is_excepted():
    assert {verdict.outcome for _, verdict, _ in EXCEPTED} == {Outcome.HOLD}


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.HOLD])
def test_nothing_else_ever_is(outcome):
    assert {never(outcome, inputs, silent_detractor=False) for inputs, _ in EVERYTHING} == {Never.NOT_HELD}


def test_no_detractor_no_serious_problem_and_no_unconfirmed_fix():
    forbidden = (IssueBand.MAJOR_OPEN, IssueBand.FIXED_UNVERIFIED)
    assert not [inputs for inputs, _, _ in EXCEPTED if inputs.advocacy is Advocacy.DETRACTOR or inputs.issues in forbidden]


def test_a_silent_detractor_is_never_excepted():
    assert None not in {never(verdict.outcome, inputs, silent_detractor=True) for inputs, verdict in EVERYTHING}


def test_an_exception_sells_one_offer_at_most_and_only_with_consent_at_an_open_moment():
    sold = [(inputs, after) for inputs, _, after in EXCEPTED if offers_permitted(after.outcome)]
    assert {offers_permitted(after.outcome) for _, after in sold} == {1}
    assert {(inputs.consent, inputs.timing) for inputs, _ in sold} == {(Consent.ALLOWED, Timing.OPEN)}
    assert Initiation.INBOUND_UNSERVED not in {inputs.initiation for inputs, _ in sold}


def test_it_says_so_and_keeps_what_the_tables_said():
    assert all(set(after.reasons) == {*before.reasons, OVERRIDE_ACTIVE} for _, before, after in EXCEPTED)
    assert all(
        (after.play, after.rows, after.stance) == (before.play, before.rows, before.stance) for _, before, after in EXCEPTED
    )


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_day_lies_in_its_quarter_and_week(day):
    quarter, week = quarter_and_week(day)
    first, after = quarter_of(quarter)
    assert first <= day < after
    assert week == 13 or first + timedelta(days=7 * (week - 1)) <= day < first + timedelta(days=7 * week)


@pytest.mark.parametrize("text", ["2026", "2026-Q5", "2026-Q", "26-Q1", "٢٠٢٦-Q1", "2026-Q1-Q1"])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(ValueError, match=r"\d"):
        quarter_of(text)
