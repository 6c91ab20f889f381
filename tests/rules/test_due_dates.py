"""Due dates counted from the facts that stand beside issues are those of their logs, whatever calendars become."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.issues.rules import RUNNING, Clock, IssueState, Severity
from feedback.issues.rules.clock_facts import clock_facts
from feedback.issues.rules.clockwork import Clocks, Level, fold
from feedback.issues.rules.due_dates import NEVER, due_dates
from feedback.issues.rules.escalation import DEFAULT_LADDER, Ladder, Rung
from feedback.kernel.business_time import EPOCH, MICRO, BusinessTime

FRIDAY = datetime(2026, 3, 27, 9, tzinfo=UTC)  # on Sunday clocks go forward in Europe
TimeOf = Callable[[int | None], BusinessTime]
OFFICE = {weekday: [(540, 1080)] for weekday in range(5)}
NIGHTS = {weekday: [(0, 360), (1320, 1440)] for weekday in range(7)}
BEFORE = {1: BusinessTime(OFFICE, "Europe/Madrid"), 2: BusinessTime(NIGHTS, "America/New_York")}
AFTER = {
    1: BusinessTime(OFFICE, "Atlantic/Canary", lambda day: day == date(2026, 4, 3)),
    2: BusinessTime({5: [(600, 720)], 1: [(0, 1440)]}, "Asia/Kathmandu"),
}
LEVELS = st.builds(
    lambda hours, calendar: Level(dict(zip(Clock, hours, strict=True)), calendar >= 0, calendar if calendar > 0 else None),
    st.tuples(*[st.integers(1, 200)] * 3),
    st.integers(-1, 2),  # below nothing: round the clock; 0: of the default calendar
)
DUE = st.integers(-50, 300).map(lambda hours: (FRIDAY + timedelta(hours=hours)).isoformat())
CLOCK, RUNG = st.sampled_from([clock.value for clock in Clock]), st.sampled_from([rung.value for rung in Rung])
MOVES = st.sampled_from([state.value for state in IssueState]).map(lambda state: ("moved", {"to": state}))
PLAIN = st.sampled_from([("reopened", {}), ("waiting_started", {}), ("waiting_ended", {}), ("clock_restarted", {})])
CALM = PLAIN.filter(lambda step: step[0] != "reopened")  # what is left of a promise is counted by its calendar
GRAVER = st.sampled_from(list(Severity)).map(lambda severity: ("severity_raised", {"now": severity.value}))
MISSED = st.builds(lambda clock, due: ("overdue", {"clock": clock, "due_at": due}), CLOCK, DUE)
TOLD = st.builds(lambda clock, due, rung: ("escalated", {"clock": clock, "due_at": due, "rung": rung}), CLOCK, DUE, RUNG)
RARE = st.one_of(GRAVER, MISSED, TOLD)
STEPS = st.tuples(st.one_of(MOVES, PLAIN, PLAIN, RARE), LEVELS, st.floats(0.01, 90))
LOGS = st.lists(st.tuples(LEVELS, st.lists(STEPS, max_size=12)), min_size=1, max_size=12)
ODD = {(Severity.MAJOR, Rung.LEAD): -200, (Severity.MAJOR, Rung.EXECUTIVE): 0, (Severity.MINOR, Rung.OWNER): 5}
LADDERS = st.sampled_from([DEFAULT_LADDER, {}, ODD])


def by(calendars: dict[int, BusinessTime]) -> TimeOf:
    return lambda calendar_id: calendars[calendar_id or 1]


def folded(opened: Level, steps: list[Any], time_of: TimeOf) -> Clocks:
    at, log = FRIDAY, [("opened", {"severity": "major", "level": opened.as_data()}, FRIDAY)]
    for (kind, data), level, hours in steps:
        at += timedelta(hours=hours)
        log.append((kind, {"level": level.as_data()} | data, at))
    clocks = fold(log, time_of)
    assert clocks is not None
    return clocks


def micro(at: datetime | None) -> int:
    return NEVER if at is None else (at - EPOCH) // MICRO


def columns(clocks: Clocks, ladder: Ladder, time_of: TimeOf) -> list[int]:
    due = [clocks.known[clock].due_at for clock in Clock]
    return [micro(at) for at in (*due, clocks.next_due_at, clocks.next_alarm_at(ladder, time_of))]


def counted(facts: list[Any], ladder: Ladder, time_of: TimeOf) -> list[list[int]]:
    found = due_dates(facts, ladder, time_of)
    return [[*due, first, alarm] for due, first, alarm in zip(found.due_at, found.next_due_at, found.next_alarm_at, strict=True)]


@given(LOGS, LADDERS)
def test_facts_of_before_give_the_due_dates_of_the_log_by_the_calendars_of_after(logs: list[Any], ladder: Ladder) -> None:
    facts = [clock_facts(folded(*log, by(BEFORE))) for log in logs]
    known = [place for place, said in enumerate(facts) if said is not None]
    now = by(AFTER)
    wanted = [columns(folded(*logs[place], now), ladder, now) for place in known]
    assert (counted([facts[place] for place in known], ladder, now) if known else []) == wanted


@given(st.lists(st.tuples(st.integers(1, 60), st.lists(st.tuples(RUNG, st.floats(0, 300)), max_size=5)), min_size=1), LADDERS)
def test_a_rung_that_was_told_late_moves_the_next_one_alike_in_both_ways(issues: list[Any], ladder: Ladder) -> None:
    found = []
    for hours, told in issues:
        data = {"clock": "resolution", "due_at": (FRIDAY + timedelta(hours=hours)).isoformat()}
        steps = [(("escalated", data | {"rung": rung}), Level({}), later) for rung, later in told]
        found.append(folded(Level(dict.fromkeys(Clock, hours)), steps, by(BEFORE)))
    wanted = [columns(clocks, ladder, by(AFTER)) for clocks in found]
    assert counted([clock_facts(clocks) for clocks in found], ladder, by(AFTER)) == wanted


@given(LOGS)
def test_no_calendar_changes_the_facts(logs: list[Any]) -> None:
    before, after = ([clock_facts(folded(*log, by(calendars))) for log in logs] for calendars in (BEFORE, AFTER))
    assert before == after


@given(LEVELS, st.lists(st.tuples(st.one_of(MOVES, CALM), LEVELS, st.floats(0.01, 90)), max_size=12))
def test_facts_are_missing_only_where_two_clocks_met_or_nothing_runs(opened: Level, steps: list[Any]) -> None:
    clocks = folded(opened, steps, by(BEFORE))
    assert (clock_facts(clocks) is None) == (not RUNNING[clocks.state])


def test_which_of_two_clocks_holds_is_left_to_the_log_where_calendars_decide_it() -> None:
    long, short = (Level(dict.fromkeys(Clock, hours), working=True, calendar_id=1) for hours in (40, 20))
    raised = ("severity_raised", {"now": "critical"})
    assert clock_facts(folded(long, [(raised, short, 5.0)], by(BEFORE))) is None
    wall = Level(dict.fromkeys(Clock, 100))
    assert clock_facts(folded(wall, [(raised, Level(dict.fromkeys(Clock, 50)), 5.0)], by(BEFORE))) is not None


def test_after_the_issue_was_opened_again_the_facts_are_back() -> None:
    level = Level(dict.fromkeys(Clock, 40), working=True, calendar_id=1)
    steps = [(("severity_raised", {"now": "critical"}), level, 5.0), (("reopened", {}), level, 5.0)]
    assert clock_facts(folded(level, steps, by(BEFORE))) is not None


@pytest.mark.parametrize(("working", "known"), [(True, False), (False, True)])
def test_what_is_left_of_a_promise_after_a_no_is_left_to_the_log_in_working_hours(working: bool, known: bool) -> None:
    level = Level(dict.fromkeys(Clock, 40), working=working, calendar_id=1 if working else None)
    steps = [(("moved", {"to": "fixed"}), level, 5.0), (("reopened", {}), level, 5.0)]
    assert (clock_facts(folded(level, steps, by(BEFORE))) is not None) is known
