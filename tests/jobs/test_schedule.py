"""The table of jobs, and which slots are due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.runner import find_function
from jobs.schedule import SCHEDULE, CatchUp, Every, Job

MOMENTS = st.integers(1_706_745_600, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
PERIODS = st.builds(Every, st.integers(1, 200_000), st.integers(0, 86_400))
MACHINERY = {"outbox_news", "__init__", "cli", "each", "runner", "schedule", "scheduler"}


def test_every_job_file_is_in_the_table_and_every_line_has_its_file() -> None:
    files = {path.stem for path in Path(find_function.__code__.co_filename).parent.glob("*.py")}
    assert files - MACHINERY == {job.name for job in SCHEDULE}


@pytest.mark.parametrize("job", SCHEDULE, ids=lambda job: job.name)
def test_every_line_names_a_function(job: Job) -> None:
    assert callable(find_function(job))


@given(every=PERIODS, now=MOMENTS)
def test_a_slot_has_begun_and_the_next_one_has_not(every: Every, now: datetime) -> None:
    slot = every.slot_at(now)
    assert slot <= now < slot + timedelta(seconds=every.seconds)
    assert every.slot_at(slot) == slot


@given(every=st.builds(Every, st.integers(1800, 200_000), st.integers(0, 86_400)), last=MOMENTS, hours=st.integers(0, 500))
def test_slots_after_a_stop_are_complete_in_order_and_without_repetition(every: Every, last: datetime, hours: int) -> None:
    now = last + timedelta(hours=hours)
    slots = every.slots_after(last, now)
    steps = {later - earlier for earlier, later in zip([every.slot_at(last), *slots], slots, strict=False)}
    assert steps <= {timedelta(seconds=every.seconds)}
    assert slots[-1:] in ([], [every.slot_at(now)])


def test_daily_slots_are_the_same_instant_every_day_whatever_countries_do_with_their_clocks() -> None:
    night = Every(86_400, offset=2 * 3600)
    slots = night.slots_after(datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC))
    assert {slot.strftime("%H:%M") for slot in slots} == {"02:00"}
    assert len(slots) == 10


@pytest.mark.parametrize(("catch_up", "expected"), [(CatchUp.ONCE, [3]), (CatchUp.EACH, [1, 2, 3])])
def test_missed_slots_run_once_or_each(catch_up: CatchUp, expected: list[int]) -> None:
    hourly = Job("x", Every(3600), catch_up, "jobs.x:run", "")
    last = datetime(2026, 1, 1, 0, tzinfo=UTC)
    due = hourly.due_slots(last, last + timedelta(hours=3, minutes=5))
    assert due == [last + timedelta(hours=hours) for hours in expected]


def test_a_job_that_never_ran_begins_with_the_current_slot() -> None:
    hourly = Job("x", Every(3600), CatchUp.EACH, "jobs.x:run", "")
    assert hourly.due_slots(None, datetime(2026, 1, 1, 7, 59, tzinfo=UTC)) == [datetime(2026, 1, 1, 7, tzinfo=UTC)]
