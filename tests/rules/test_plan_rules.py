"""Periods of plans, and what ticks itself: a worse fact never ticks, and each sentence can be written."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from feedback.planning.rules import ticks
from feedback.planning.rules.states import PeriodKind, PlanState, is_period, may_become, missing_for, period_after, period_from
from feedback.planning.rules.ticks import DefectSeen, DisruptionSeen, IssueSeen, PersonSeen, Tick
from feedback.planning.wording import _TICKS, tick_words

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
CALENDAR = st.sampled_from([PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR])
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
SCORES = st.integers(0, 10)
AGES = st.integers(0, 2000).map(lambda days: NOW - timedelta(days=days))


@given(CALENDAR, DAYS)
def test_a_period_holds_its_day_and_the_next_follows_without_a_gap(kind: PeriodKind, day: date) -> None:
    first, last = period_from(kind, day)
    assert first <= day <= last
    assert is_period(kind, first, last)
    assert period_after(kind, last)[0] == last + timedelta(days=1)


@given(CALENDAR, DAYS)
def test_part_of_a_period_is_none(kind: PeriodKind, day: date) -> None:
    first, last = period_from(kind, day)
    assert not is_period(kind, first, last - timedelta(days=1))


def test_a_free_period_ends_after_its_start_and_within_three_years() -> None:
    day = date(2026, 1, 1)
    assert [is_period(PeriodKind.FREE, day, day + timedelta(days=days)) for days in (-1, 0, 900, 1200)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_states_go_one_way() -> None:
    allowed = [(now, to) for now in PlanState for to in PlanState if may_become(now, to)]
    assert allowed == [
        (PlanState.DRAFT, PlanState.ACTIVE),
        (PlanState.DRAFT, PlanState.CLOSED),
        (PlanState.ACTIVE, PlanState.CLOSED),
    ]


def test_closing_wants_a_word_and_an_end_of_every_promise() -> None:
    assert missing_for(PlanState.CLOSED, objectives=0, conditions=0, open_promises=2, note=" ") == ["note", "promises"]
    assert missing_for(PlanState.CLOSED, objectives=0, conditions=0, open_promises=0, note="x") == []


@given(SCORES, SCORES, AGES, st.integers(7, 10))
def test_a_lower_score_never_ticks_where_a_higher_one_does_not(one: int, other: int, at: datetime, least: int) -> None:
    low, high = sorted((one, other))
    found = [ticks.score_tick(PersonSeen(True, score, at), least, 365, NOW).met for score in (low, high)]
    assert found[0] <= found[1]


@given(SCORES, AGES)
def test_an_unhappy_or_old_answer_never_ticks(score: int, at: datetime) -> None:
    tick = ticks.score_tick(PersonSeen(True, score, at), 7, 365, NOW)
    assert tick.met == (score >= 7 and NOW - at <= timedelta(days=365))


@given(st.booleans(), st.booleans(), st.booleans(), st.none() | AGES, st.none() | AGES)
def test_only_a_solved_or_mistaken_or_answered_issue_ticks(
    solved: bool, closed: bool, holds: bool, fixed_at: datetime | None, withdrawn_at: datetime | None
) -> None:
    seen = IssueSeen(solved, closed, True, holds, fixed_at=fixed_at, withdrawn_at=withdrawn_at)
    assert ticks.issue_tick(seen).met == (solved or withdrawn_at is not None or (closed and not holds))


@given(st.integers(0, 3), st.none() | AGES)
def test_a_problem_ticks_once_nobody_names_it(open_issues: int, named_at: datetime | None) -> None:
    tick = ticks.defect_tick(DefectSeen(open_issues, named_at, None), NOW)
    assert tick.met == (open_issues == 0 and (named_at is None or NOW - named_at >= ticks.QUIET))


@pytest.mark.parametrize(
    ("seen", "met"),
    [
        (DisruptionSeen(True, None, None), False),
        (DisruptionSeen(True, NOW - timedelta(days=1), None), False),
        (DisruptionSeen(True, NOW - timedelta(days=1), NOW), True),
        (DisruptionSeen(False), True),
    ],
)
def test_a_disruption_ticks_when_the_customer_was_told(seen: DisruptionSeen, met: bool) -> None:
    assert ticks.disruption_tick(seen, NOW).met == met


@pytest.mark.parametrize("state", ["not_recorded", "refused"])
def test_no_consent_never_ticks(state: str) -> None:
    assert not ticks.consent_tick(state, NOW, here=True).met
    assert not ticks.consent_tick("allowed", NOW, here=False).met


@pytest.mark.parametrize("code", _TICKS)
@pytest.mark.parametrize("at", [None, NOW])
def test_every_tick_has_a_sentence(app: Flask, code: str, at: datetime | None) -> None:
    with app.test_request_context():
        text = tick_words(Tick(True, code, at, 8, 90))
    assert text.endswith(".")
    assert "%(" not in text
