"""Transitions, clocks, severity, priority and the gate's view of an issue, as facts about the rules alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.accounts.rules import ContactRole, ValueTier
from feedback.issues.rules import (
    CLOSED_STATES,
    DEFAULT_LEVELS,
    GRAVITY,
    OPEN_STATES,
    TRANSITIONS,
    IssueStanding,
    IssueState,
    Severity,
    TransitionFacts,
    check_transition,
    is_overdue,
    missing_for,
    priority,
    severity_of_answer,
    standing_of_issue,
    worse,
    worst_standing,
)
from feedback.issues.rules.enums import STANDING_GRAVITY
from feedback.issues.rules.transitions import MISSING_TEXTS
from feedback.kernel.errors import RuleViolation

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STATES, SEVERITIES, TIERS = st.sampled_from(IssueState), st.sampled_from(Severity), st.sampled_from(ValueTier)
TEXT = st.none() | st.just("") | st.text(min_size=1, max_size=5)
FACTS = st.builds(
    TransitionFacts,
    state=STATES,
    severity=SEVERITIES,
    has_owner=st.booleans(),
    has_interaction=st.booleans(),
    note=TEXT,
    root_cause=TEXT,
    fix_due_at=st.none() | st.just(NOW),
    has_commitment=st.booleans(),
    fix_summary=TEXT,
    fixed_at=st.none() | st.integers(0, 60).map(lambda days: NOW - timedelta(days=days)),
    attempts_since_fix=st.integers(0, 5),
    open_promises=st.sampled_from([(), ("Call back",)]),
    has_fix_owner=st.booleans(),
)
EVERYTHING = TransitionFacts(IssueState.NEW, Severity.MAJOR, True, True, "n", "c", NOW, True, "s", NOW, 3)


@given(facts=FACTS, target=STATES)
def test_a_move_passes_exactly_when_it_may_follow_and_nothing_is_missing(facts: TransitionFacts, target: IssueState) -> None:
    allowed = target in TRANSITIONS[facts.state] and not missing_for(target, facts, now=NOW)
    try:
        check_transition(target, facts, now=NOW)
    except RuleViolation:
        assert not allowed
    else:
        assert allowed


@given(facts=FACTS, target=STATES)
def test_everything_that_is_missing_is_named_at_once(facts: TransitionFacts, target: IssueState) -> None:
    missing = missing_for(target, facts, now=NOW)
    assert set(missing) <= set(MISSING_TEXTS)
    supplied = {
        "owner": {"has_owner": True},
        "note": {"note": "n", "has_interaction": True},
        "root_cause": {"root_cause": "c"},
        "fix_owner": {"has_fix_owner": True},
        "fix_due_at": {"fix_due_at": NOW},
        "commitment": {"has_commitment": True},
        "fix_summary": {"fix_summary": "s"},
        "contact_attempts": {"attempts_since_fix": 3},
        "promises": {"open_promises": ()},
    }
    complete = replace(facts, **{name: value for fact in missing for name, value in supplied[fact].items()})
    assert missing_for(target, complete, now=NOW) == []


@given(start=STATES)
def test_every_state_leads_to_an_end(start: IssueState) -> None:
    reached, edge = {start}, {start}
    while edge := {target for state in edge for target in TRANSITIONS[state]} - reached:
        reached |= edge
    assert reached & set(CLOSED_STATES)


def test_closed_states_lead_nowhere_and_no_state_is_skipped() -> None:
    assert [TRANSITIONS[state] for state in CLOSED_STATES] == [(), ()]
    line = [*OPEN_STATES, IssueState.CLOSED]
    skipping = [
        (state, target)
        for place, state in enumerate(line)
        for target in line[place + 2 :]
        if target in TRANSITIONS.get(state, ())
    ]
    assert skipping == []


NEEDED = [(Severity.MINOR, []), (Severity.MAJOR, ["root_cause"]), (Severity.CRITICAL, ["root_cause"])]


@pytest.mark.parametrize(("severity", "missing"), NEEDED)
def test_a_root_cause_is_needed_from_major_on(severity: Severity, missing: list[str]) -> None:
    facts = replace(EVERYTHING, state=IssueState.CONTACTED, severity=severity, root_cause=None)
    assert missing_for(IssueState.DIAGNOSED, facts, now=NOW) == missing


@pytest.mark.parametrize("target", CLOSED_STATES)
def test_an_open_promise_holds_every_way_of_closing_and_is_named(target: IssueState) -> None:
    state = next(state for state in OPEN_STATES if target in TRANSITIONS[state])
    facts = replace(EVERYTHING, state=state, open_promises=("Call back", "Send a part"))
    with pytest.raises(RuleViolation, match="“Call back”, “Send a part”") as refused:
        check_transition(target, facts, now=NOW)
    assert refused.value.missing == ("promises",)


@pytest.mark.parametrize(("attempts", "days", "closes"), [(2, 29.9, False), (3, 0, True), (0, 30, True)])
def test_silence_is_enough_after_three_attempts_or_thirty_days(attempts: int, days: float, closes: bool) -> None:
    facts = replace(EVERYTHING, state=IssueState.FIXED, attempts_since_fix=attempts, fixed_at=NOW - timedelta(days=days))
    assert (missing_for(IssueState.CLOSED_UNVERIFIED, facts, now=NOW) == []) is closes


def test_the_table_of_service_levels_has_no_empty_cell() -> None:
    assert set(DEFAULT_LEVELS) == {(severity, tier) for severity in Severity for tier in ValueTier}


def test_first_contact_is_promised_within_48_hours_and_24_where_much_is_at_stake() -> None:
    assert max(level.first_contact_hours for level in DEFAULT_LEVELS.values()) == 48
    assert DEFAULT_LEVELS[Severity.MAJOR, ValueTier.A].first_contact_hours == 24


@given(severity=SEVERITIES, other=SEVERITIES, tier=TIERS)
def test_a_graver_issue_of_the_same_tier_is_never_served_later(severity: Severity, other: Severity, tier: ValueTier) -> None:
    grave = DEFAULT_LEVELS[worse(severity, other), tier]
    mild = DEFAULT_LEVELS[severity, tier]
    assert grave.first_contact_hours <= mild.first_contact_hours
    assert grave.next_update_hours <= mild.next_update_hours
    assert grave.resolution_hours <= mild.resolution_hours


@given(seconds=st.integers(-5, 5))
def test_a_clock_is_overdue_after_its_instant_not_at_it(seconds: int) -> None:
    assert is_overdue(NOW - timedelta(seconds=seconds), NOW) == (seconds > 0)


@pytest.mark.parametrize(
    ("score", "role", "severity"),
    [
        (3, ContactRole.USER, Severity.MAJOR),
        (4, ContactRole.USER, Severity.MINOR),
        (6, ContactRole.INFLUENCER, Severity.MINOR),
        (6, ContactRole.DECISION_MAKER, Severity.MAJOR),
    ],
)
def test_how_grave_an_answer_is(score: int, role: ContactRole, severity: Severity) -> None:
    assert severity_of_answer(score, role, major_score_max=3, decision_maker_major=True) is severity


def test_the_decision_maker_rule_is_a_setting() -> None:
    assert severity_of_answer(6, ContactRole.DECISION_MAKER, major_score_max=3, decision_maker_major=False) is Severity.MINOR


@given(state=STATES, severity=SEVERITIES, hours=st.integers(-50, 50))
def test_overdue_only_ever_makes_it_worse(state: IssueState, severity: Severity, hours: int) -> None:
    calm = standing_of_issue(state, severity, next_due_at=NOW + timedelta(days=9), now=NOW)
    found = standing_of_issue(state, severity, next_due_at=NOW + timedelta(hours=hours), now=NOW)
    assert STANDING_GRAVITY[found] >= STANDING_GRAVITY[calm]


@given(st.lists(st.sampled_from(IssueStanding)))
def test_the_worst_issue_speaks_for_the_account(standings: list[IssueStanding]) -> None:
    order = [IssueStanding.MAJOR_OPEN, IssueStanding.FIXED_UNVERIFIED, IssueStanding.MINOR_OPEN, IssueStanding.NONE]
    assert worst_standing(standings) == next((each for each in order if each in standings), IssueStanding.NONE)


@given(tier=TIERS, severity=SEVERITIES, other=SEVERITIES, revenue=st.none() | st.floats(-1e6, 1e12), more=st.floats(0, 1e9))
def test_priority_rises_with_severity_and_revenue_and_stays_between_0_and_100(
    tier: ValueTier, severity: Severity, other: Severity, revenue: float | None, more: float
) -> None:
    base = priority(tier, revenue, severity)
    assert 0 <= base <= 100
    assert priority(tier, (revenue or 0) + more, severity) >= base
    assert priority(tier, revenue, worse(severity, other)) >= base


def test_a_minor_issue_of_the_best_customers_comes_before_a_major_one_of_the_smallest() -> None:
    assert priority(ValueTier.A, 2e6, Severity.MINOR) > priority(ValueTier.C, 2e4, Severity.MAJOR)
    assert GRAVITY[Severity.MAJOR] > GRAVITY[Severity.MINOR]
