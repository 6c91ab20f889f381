"""Clocks as a fold of what happened: what runs, what waits, what was missed, and who is told."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.issues.rules import RUNNING, Clock, IssueState, Severity
from feedback.issues.rules.clockwork import Clocks, Level, Running, fold
from feedback.issues.rules.escalation import DEFAULT_LADDER, HEIGHT, Rung
from feedback.kernel.business_time import BusinessTime

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = BusinessTime({weekday: [(540, 1080)] for weekday in range(5)}, "UTC")  # 9 to 18
CLOSED_TUESDAY = BusinessTime(
    {weekday: [(540, 1080)] for weekday in range(5)}, "UTC", lambda day: day == datetime(2026, 3, 3, tzinfo=UTC).date()
)
WALL = Level({Clock.FIRST_CONTACT: 24, Clock.NEXT_UPDATE: 48, Clock.RESOLUTION: 168})
WORKING = Level({Clock.FIRST_CONTACT: 9, Clock.NEXT_UPDATE: 18, Clock.RESOLUTION: 45}, working=True, calendar_id=1)
Log = list[tuple[str, dict[str, Any], float]]


def folded(log: Log, level: Level = WALL, time: BusinessTime = OFFICE, severity: str = "major") -> Clocks:
    """The clocks after an opening on Monday and these events, so many hours later."""
    events = [("opened", {"severity": severity}, 0.0), *log]
    promised = {"level": level.as_data()}
    clocks = fold([(kind, promised | data, MONDAY + timedelta(hours=hours)) for kind, data, hours in events], lambda _id: time)
    assert clocks is not None
    return clocks


def hours(at: datetime | None) -> float | None:
    return None if at is None else (at - MONDAY) / timedelta(hours=1)


def to(state: str, at: float) -> tuple[str, dict[str, Any], float]:
    return "moved", {"to": state}, at


def test_an_issue_that_opens_has_its_first_contact_due_first() -> None:
    clocks = folded([])
    assert (clocks.running, hours(clocks.next_due_at)) == ([Clock.FIRST_CONTACT, Clock.RESOLUTION], 24)


def test_a_log_without_a_beginning_has_no_clocks() -> None:
    assert fold([("moved", {"to": "contacted"}, MONDAY)], lambda _id: OFFICE) is None


def test_working_hours_end_with_the_day_and_skip_the_week_end() -> None:
    known = folded([], WORKING).known
    assert [hours(known[clock].due_at) for clock in Clock] == [9, 24 + 9, 4 * 24 + 9]


def test_a_closing_day_that_is_entered_later_moves_what_is_ahead() -> None:
    assert hours(folded([], WORKING, CLOSED_TUESDAY).known[Clock.NEXT_UPDATE].due_at) == 48 + 9


def test_but_not_what_was_missed_by_then() -> None:
    missed = ("overdue", {"clock": "first_contact", "due_at": (MONDAY + timedelta(hours=9)).isoformat()}, 10.0)
    late = BusinessTime({2: [(540, 1080)]}, "UTC")  # Wednesdays only
    assert hours(folded([missed], WORKING, late).known[Clock.FIRST_CONTACT].due_at) == 9


def test_both_ways_of_counting_are_known_whichever_binds() -> None:
    clock = folded([], WALL).known[Clock.FIRST_CONTACT]
    both = [hours(clock.counted(lambda _id: OFFICE, working=working)) for working in (False, True)]
    assert both == [24, 2 * 24 + 6]


def test_waiting_for_the_customer_stops_the_resolution_and_nothing_else() -> None:
    clocks = folded([("waiting_started", {}, 5), ("waiting_ended", {}, 29)])
    assert [hours(clocks.known[clock].due_at) for clock in Clock] == [24, 48, 168 + 24]


def test_while_we_wait_the_first_contact_runs_on() -> None:
    clocks = folded([("waiting_started", {}, 5)])
    assert (clocks.running, clocks.waiting_since) == ([Clock.FIRST_CONTACT], MONDAY + timedelta(hours=5))


def test_who_asks_the_customer_has_told_them_something() -> None:
    clocks = folded([to("contacted", 1), ("waiting_started", {}, 5)])
    assert (clocks.running, hours(clocks.next_due_at)) == ([Clock.NEXT_UPDATE], 5 + 48)


def test_waiting_over_a_week_end_gives_back_no_working_time_that_did_not_pass() -> None:
    friday, monday = 4 * 24 + 8.0, 7 * 24 + 1.0  # five in the afternoon, ten in the morning
    clocks = folded([to("contacted", 1), ("waiting_started", {}, friday), ("waiting_ended", {}, monday)], WORKING)
    assert hours(clocks.known[Clock.RESOLUTION].due_at) == monday + 1


@pytest.mark.parametrize("ends", [to("fixed", 30), ("reopened", {}, 30.0), ("interaction", {"direction": "in"}, 30.0)])
def test_waiting_ends_by_itself(ends: tuple[str, dict[str, Any], float]) -> None:
    assert folded([to("contacted", 1), to("in_fix", 2), ("waiting_started", {}, 5), ends]).waiting_since is None


def test_a_talk_that_we_began_does_not_end_the_waiting() -> None:
    assert folded([("waiting_started", {}, 5), ("interaction", {"direction": "out"}, 6)]).waiting_since is not None


def test_a_clock_that_is_met_late_is_missed_by_so_much_for_good() -> None:
    clocks = folded([to("contacted", 27), to("diagnosed", 28), to("in_fix", 29), to("fixed", 30)])
    assert next((run.clock, run.late) for run in clocks.runs) == (Clock.FIRST_CONTACT, timedelta(hours=3))
    assert [run.late for run in clocks.runs][1:] == [timedelta(0)] * 3


def test_an_issue_that_is_opened_again_has_new_clocks_and_keeps_what_it_missed() -> None:
    clocks = folded([to("contacted", 27), to("in_fix", 29), to("fixed", 30), ("reopened", {}, 40.0)])
    assert (clocks.state, hours(clocks.next_due_at)) == (IssueState.ROUTED, 64)
    assert [run.clock for run in clocks.runs if run.late] == [Clock.FIRST_CONTACT]


def test_after_a_no_only_what_was_left_of_the_promised_time_is_left() -> None:
    first = [to("contacted", 1), to("in_fix", 2), to("fixed", 160), ("reopened", {}, 400.0)]
    assert hours(folded(first).known[Clock.RESOLUTION].due_at) == 400 + 8
    again = [*first, to("contacted", 401), to("fixed", 402), ("reopened", {}, 500.0)]
    assert hours(folded(again).known[Clock.RESOLUTION].due_at) == 500 + 6


def test_after_a_no_working_hours_are_left_as_working_hours() -> None:
    friday, sunday = 4 * 24 + 8.0, 6 * 24 + 3.0  # one hour before the promised end of Friday; the customer writes on Sunday
    clocks = folded([to("contacted", 1), to("fixed", friday), ("reopened", {}, sunday)], WORKING)
    assert hours(clocks.known[Clock.RESOLUTION].due_at) == 7 * 24 + 1


def test_a_fix_that_came_late_and_was_none_is_late_since_the_first_day() -> None:
    clocks = folded([to("contacted", 1), to("fixed", 200), ("reopened", {}, 300.0), to("contacted", 301), to("fixed", 310)])
    resolved = [run for run in clocks.runs if run.clock is Clock.RESOLUTION]
    assert [(hours(run.due_at), run.late) for run in resolved] == [(168, timedelta(hours=32)), (168, timedelta(hours=142))]


def test_after_the_customer_had_confirmed_it_a_new_problem_has_a_time_of_its_own() -> None:
    log = [to("contacted", 1), to("fixed", 160), to("verified", 161), to("closed", 162), ("reopened", {}, 400.0)]
    assert hours(folded(log).known[Clock.RESOLUTION].due_at) == 400 + 168


def test_a_customer_who_confirms_the_fix_is_owed_no_further_update() -> None:
    clocks = folded([to("contacted", 1), to("fixed", 30), to("verified", 40), to("closed", 500)])
    told = [(hours(run.ended_at), run.late) for run in clocks.runs if run.clock is Clock.NEXT_UPDATE]
    assert told == [(30, timedelta()), (40, timedelta())]
    confirmed_late = folded([to("contacted", 1), to("fixed", 30), to("verified", 30 + 48 + 2)])
    assert (confirmed_late.next_due_at, confirmed_late.runs[-1].late) == (None, timedelta(hours=2))


def test_an_issue_that_is_taken_back_in_time_missed_and_kept_nothing() -> None:
    clocks = folded([("withdrawn", {}, 5.0)])
    assert (clocks.next_due_at, clocks.runs) == (None, [])


def test_a_graver_voice_moves_clocks_earlier_only() -> None:
    strict = Level({Clock.FIRST_CONTACT: 4, Clock.NEXT_UPDATE: 24, Clock.RESOLUTION: 200})
    raised = ("severity_raised", {"was": "minor", "now": "critical", "level": strict.as_data()}, 10.0)
    clocks = folded([raised])
    assert [hours(clocks.known[clock].due_at) for clock in Clock] == [14, 34, 168]
    assert clocks.severity is Severity.CRITICAL


def test_an_issue_from_before_keeps_the_due_dates_it_had() -> None:
    due = {clock: (MONDAY + timedelta(hours=7)).isoformat() for clock in Clock}
    log = [
        ("opened", {"severity": "minor"}, MONDAY),
        ("adopted", {"state": "in_fix", "severity": "minor", "due": due, "missed": []}, MONDAY + timedelta(hours=5)),
    ]
    clocks = fold(log, lambda _id: OFFICE)
    assert clocks is not None
    assert (clocks.state, hours(clocks.next_due_at)) == (IssueState.IN_FIX, 7)


def test_the_ladder_is_climbed_from_near_to_far() -> None:
    alarms = folded([to("contacted", 0)]).alarms(DEFAULT_LADDER, lambda _id: OFFICE, MONDAY)
    ours = [(alarm.rung, hours(alarm.at)) for alarm in alarms if alarm.clock is Clock.NEXT_UPDATE]
    assert ours == [(Rung.OWNER, 44), (None, 48), (Rung.LEAD, 52), (Rung.EXECUTIVE, 72)]


def test_a_ladder_is_counted_as_its_clock_is() -> None:
    alarms = folded([], WORKING, severity="minor").alarms({(Severity.MINOR, Rung.LEAD): 4}, lambda _id: OFFICE, MONDAY)
    assert [hours(alarm.at) for alarm in alarms if alarm.rung and alarm.clock is Clock.FIRST_CONTACT] == [24 + 4]


def test_nobody_is_warned_of_a_clock_that_has_not_begun() -> None:
    ladder = {(Severity.MAJOR, Rung.OWNER): -24}
    alarms = folded([]).alarms(ladder, lambda _id: OFFICE, MONDAY)
    assert [alarm.clock for alarm in alarms if alarm.rung] == [Clock.RESOLUTION]


def rungs_ahead(log: Log, at: float, level: Level = WALL) -> list[tuple[Rung | None, float | None]]:
    """Those of the first contact, as they are expected at some hour."""
    alarms = folded(log, level).alarms(DEFAULT_LADDER, lambda _id: OFFICE, MONDAY + timedelta(hours=at))
    return [(alarm.rung, hours(alarm.at)) for alarm in alarms if alarm.rung and alarm.clock is Clock.FIRST_CONTACT]


def told_of_first_contact(rung: str, at: float, due: int = 24) -> tuple[str, dict[str, Any], float]:
    due_at = (MONDAY + timedelta(hours=due)).isoformat()
    return "escalated", {"clock": "first_contact", "due_at": due_at, "rung": rung}, at


def test_after_a_stand_still_each_rung_leaves_its_time_to_whoever_it_reaches() -> None:
    assert rungs_ahead([], 200) == [(Rung.OWNER, 20), (Rung.LEAD, 208), (Rung.EXECUTIVE, 228)]
    late = [told_of_first_contact("owner", 200)]
    assert rungs_ahead(late, 200) == [(Rung.LEAD, 208), (Rung.EXECUTIVE, 228)]
    late.append(told_of_first_contact("lead", 300))
    assert rungs_ahead(late, 300) == [(Rung.EXECUTIVE, 320)]


def test_the_time_that_a_rung_leaves_is_counted_as_its_clock_is() -> None:
    thursday, friday = 3 * 24, 4 * 24  # told on Thursday at six in the evening, when nobody works any more
    assert rungs_ahead([told_of_first_contact("owner", thursday + 9, due=9)], thursday + 9, WORKING)[0] == (Rung.LEAD, friday + 8)


@given(st.lists(st.integers(0, 60), max_size=40))
def test_whenever_the_jobs_run_nobody_is_left_less_time_than_the_ladder_says(pauses: list[int]) -> None:
    log: Log = []
    for at in accumulate(pauses):
        reached = [rung for rung, when in rungs_ahead(log, at) if rung and when is not None and when <= at]
        log += [told_of_first_contact(rung, at) for rung in reached]
    steps = [(HEIGHT[Rung(data["rung"])], at) for _kind, data, at in log]
    least = {2: 8, 3: 20}  # hours from the rung below
    assert [height for height, _at in steps] == list(range(1, len(steps) + 1))
    assert all(later - before >= least[height] for (_one, before), (height, later) in pairwise(steps))


def test_who_was_told_is_not_told_again_for_the_same_due_date() -> None:
    due = (MONDAY + timedelta(hours=24)).isoformat()
    told = ("escalated", {"clock": "first_contact", "due_at": due, "rung": "lead"}, 28.0)
    alarms = folded([told]).alarms(DEFAULT_LADDER, lambda _id: OFFICE, MONDAY)
    assert Rung.LEAD not in {alarm.rung for alarm in alarms if alarm.clock is Clock.FIRST_CONTACT}
    assert folded([told]).climbed == 2


STEPS = st.sampled_from(
    [
        *(("moved", {"to": state.value}) for state in IssueState if state is not IssueState.NEW),
        ("reopened", {}),
        ("waiting_started", {}),
        ("waiting_ended", {}),
        ("clock_restarted", {}),
        ("interaction", {"direction": "in"}),
        ("severity_raised", {"was": "major", "now": "critical"}),
    ]
)
LOGS = st.lists(st.tuples(STEPS, st.floats(0.01, 100)), max_size=15)


@given(LOGS, st.sampled_from([WALL, WORKING]))
def test_whatever_happens_something_runs_until_it_is_closed(steps: list[Any], level: Level) -> None:
    at, log = 0.0, []
    for (kind, data), later in steps:
        at += later
        log.append((kind, data, at))
    clocks = folded(log, level)
    assert (clocks.next_due_at is None) == (not RUNNING[clocks.state])
    assert all(run.started_at <= run.ended_at for run in clocks.runs)
    assert clocks.waiting_since is None or Clock.RESOLUTION in RUNNING[clocks.state]


def handed(due: float, **values: Any) -> dict[str, Any]:
    """A first contact that another issue hands over, due so many hours after Monday."""
    running = Running(MONDAY - timedelta(hours=24 - due), MONDAY + timedelta(hours=due), 24, **values)
    return {"clocks": {"first_contact": running.as_data()}, "told": [["first_contact", running.due_at.isoformat(), "owner"]]}


@pytest.mark.parametrize(("due", "holds"), [(20, 20), (30, 24)])
def test_the_earlier_promise_of_two_issues_that_become_one_holds(due: int, holds: int) -> None:
    clocks = folded([("merged", handed(due), 1.0)])
    assert hours(clocks.known[Clock.FIRST_CONTACT].due_at) == holds


def test_a_clock_that_is_handed_over_follows_its_calendar_as_any_other() -> None:
    theirs = Running(MONDAY, MONDAY + timedelta(hours=9), 9, working=True, calendar_id=1)
    merged = ("merged", {"clocks": {"first_contact": theirs.as_data()}}, 1.0)
    level = Level(dict.fromkeys(Clock, 100), working=True, calendar_id=1)
    fair = BusinessTime({weekday: [(540, 1080)] for weekday in range(5)}, "UTC", lambda day: day == MONDAY.date())
    assert [hours(folded([merged], level, time).known[Clock.FIRST_CONTACT].due_at) for time in (OFFICE, fair)] == [9, 24 + 9]


def test_whoever_was_told_of_a_clock_that_is_handed_over_is_not_told_again() -> None:
    told = {
        (alarm.due_at, alarm.rung)
        for alarm in folded([("merged", handed(20), 1.0)]).alarms(DEFAULT_LADDER, lambda _id: OFFICE, MONDAY)
    }
    due = MONDAY + timedelta(hours=20)
    assert ((due, Rung.OWNER) in told, (due, Rung.LEAD) in told) == (False, True)


def test_a_miss_is_on_record_once_where_its_clock_goes_on() -> None:
    goes_on = folded([("merged_into", {"handed": ["first_contact", "resolution"]}, 30.0)])
    dropped = folded([("merged_into", {"handed": ["resolution"]}, 30.0)])
    assert ([run.clock for run in goes_on.runs], [run.clock for run in dropped.runs]) == ([], [Clock.FIRST_CONTACT])
    assert (goes_on.state, goes_on.next_due_at) == (IssueState.CLOSED, None)


def test_less_grave_again_keeps_the_due_dates_that_were_promised() -> None:
    tight = Level({Clock.FIRST_CONTACT: 4, Clock.NEXT_UPDATE: 24, Clock.RESOLUTION: 72})
    raised = ("severity_raised", {"now": "critical", "level": tight.as_data()}, 1.0)
    clocks = folded([raised, ("harm_taken_back", {"now": "major"}, 2.0)])
    assert (clocks.severity, hours(clocks.next_due_at)) == (Severity.MAJOR, 5)


def test_a_clock_that_a_graver_level_started_while_we_waited_stands_still_only_from_then_on() -> None:
    tight = Level({Clock.FIRST_CONTACT: 4, Clock.NEXT_UPDATE: 24, Clock.RESOLUTION: 72})
    waited = [("waiting_started", {}, 10.0), ("severity_raised", {"now": "critical", "level": tight.as_data()}, 20.0)]
    clocks = folded([*waited, ("waiting_ended", {}, 25.0)])
    assert hours(clocks.known[Clock.RESOLUTION].due_at) == 20 + 72 + 5
