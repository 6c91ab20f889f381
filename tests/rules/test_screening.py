"""How a sales play is screened: the first line that applies, and never without a reason."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.gate.rules import Outcome, offers_permitted
from feedback.selling.rules import Answer, Case, PlayState, Trigger, needs_recovery, screen
from feedback.selling.spend.monitor import Doubt, Finding

CASES = st.builds(
    Case,
    trigger=st.sampled_from(Trigger),
    outcome=st.sampled_from(Outcome),
    gate_reasons=st.just(("rel_detractor",)),
    finding=st.none() | st.sampled_from(Finding),
    doubts=st.lists(st.sampled_from(Doubt), max_size=2),
    answer=st.none() | st.sampled_from(Answer),
    disruptions=st.sampled_from([(), ("disruption_active",)]),
    issues=st.sampled_from([(), (7,)]),
    wait=st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
)


@given(CASES)
def test_every_play_has_one_of_four_states_and_a_reason(case):
    said = screen(case)
    assert said.state in (PlayState.ACCEPTED, PlayState.HELD, PlayState.SCREENED_OUT, PlayState.QUESTION)
    assert said.reasons


@given(CASES)
def test_nothing_is_accepted_while_something_is_open(case):
    worse = case._replace(issues=(7,))
    assert screen(worse).state in (PlayState.HELD, PlayState.SCREENED_OUT)
    assert screen(case._replace(disruptions=("disruption_active",))).state in (PlayState.HELD, PlayState.SCREENED_OUT)


@given(CASES, st.sampled_from([Outcome.HOLD, Outcome.BLOCK, Outcome.LEARN_ONLY, Outcome.SERVE_FIRST, Outcome.RESPOND_ONLY]))
def test_no_answer_frees_a_play_that_the_gate_holds(case, outcome):
    assert screen(case._replace(outcome=outcome)).state not in (PlayState.ACCEPTED, PlayState.QUESTION)


@given(CASES)
def test_only_a_drop_of_spend_is_held_against_the_season(case):
    other = case._replace(trigger=Trigger.CRM_SUGGESTION)
    assert screen(other).state not in (PlayState.SCREENED_OUT, PlayState.QUESTION)


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        (Finding.SEASONAL, "seasonal_decline"),
        (Finding.USUAL, "usual_range"),
        (Finding.IMMATERIAL, "immaterial_decline"),
        (Finding.STEADY, "no_decline"),
    ],
)
def test_what_is_no_drop_is_screened_out_before_anything_else(finding, code):
    case = Case(Trigger.SPEND_DROP, Outcome.HOLD, ("rel_detractor",), finding, issues=(1,))
    assert screen(case) == (PlayState.SCREENED_OUT, (code,))


@pytest.mark.parametrize(("days", "state"), [(1, PlayState.ACCEPTED), (10, PlayState.HELD)])
def test_a_night_holds_no_play_and_a_holiday_does(days, state):
    case = Case(Trigger.CRM_SUGGESTION, Outcome.DEFER, ("timing_deferred",), wait=timedelta(days=days))
    said = screen(case)
    assert said.state is state
    assert not needs_recovery(case, said)


@given(CASES)
def test_recovery_is_asked_for_held_plays_only(case):
    said = screen(case)
    assert not needs_recovery(case, said) or said.state is PlayState.HELD


@given(CASES)
def test_what_is_accepted_may_be_sold_now_or_in_a_few_days(case):
    said = screen(case)
    may = offers_permitted(case.outcome) > 0 or case.outcome is Outcome.DEFER
    assert said.state is not PlayState.ACCEPTED or may
