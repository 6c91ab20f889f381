"""What may be taken back as a mistake: never what a customer's score, or a customer's no, says."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.issues.rules import WORK_ITEMS, IssueSource, IssueState
from feedback.issues.rules.mistakes import MISTAKABLE, Against, MistakeFacts, reasons_in, stands_against

FACTS = st.builds(
    MistakeFacts,
    state=st.sampled_from(IssueState),
    causes=st.frozensets(st.sampled_from(IssueSource), min_size=1),
    is_work_item=st.booleans(),
    was_reopened=st.booleans(),
    open_promises=st.integers(0, 2),
    concessions=st.integers(0, 2),
)
PLAIN = MistakeFacts(IssueState.ROUTED, frozenset({IssueSource.STAFF}))


@pytest.mark.parametrize("source", sorted(MISTAKABLE))
def test_what_somebody_wrote_down_or_a_rule_read_can_be_wrong(source: IssueSource) -> None:
    assert stands_against(replace(PLAIN, causes=frozenset({source}))) == []


@given(FACTS)
def test_nothing_that_a_customer_scored_or_refused_is_a_mistake(facts: MistakeFacts) -> None:
    said = not facts.causes <= MISTAKABLE or facts.was_reopened
    assert bool(stands_against(facts)) or not said


@given(FACTS)
def test_each_reason_stands_for_itself(facts: MistakeFacts) -> None:
    free = replace(facts, open_promises=0, concessions=0)
    rest = set(stands_against(free))
    assert not rest & {Against.PROMISES, Against.CONCESSION}
    assert set(stands_against(facts)) - rest <= {Against.PROMISES, Against.CONCESSION}


@pytest.mark.parametrize("state", [IssueState.FIXED, IssueState.VERIFIED, IssueState.CLOSED, IssueState.CLOSED_UNVERIFIED])
def test_what_counts_as_fixed_is_past_it(state: IssueState) -> None:
    assert stands_against(replace(PLAIN, state=state)) == [Against.PASSED]


@pytest.mark.parametrize("source", sorted(WORK_ITEMS))
def test_a_reminder_is_done_and_closed(source: IssueSource) -> None:
    assert stands_against(replace(PLAIN, causes=frozenset({source}), is_work_item=True)) == [Against.WORK_ITEM]


def test_one_low_score_among_complaints_is_enough() -> None:
    voices = [(IssueSource.COMPLAINT, ["complaint"]), (IssueSource.KEYWORD, ["keyword", "score_drop"])]
    assert reasons_in(IssueSource.STAFF, voices) >= {IssueSource.STAFF, IssueSource.COMPLAINT, IssueSource.SCORE_DROP}
    assert stands_against(replace(PLAIN, causes=reasons_in(IssueSource.STAFF, voices))) == [Against.CUSTOMER]
