"""What people read off the clocks on their walls, in any zone: every time comes back as it was read, or is refused as skipped."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.kernel.wall_clock import SkippedTime, instant_at, is_end_of_day

ZONES = sorted(available_timezones())
MADRID = ZoneInfo("Europe/Madrid")
wall = datetime.fromisoformat
times = st.datetimes(wall("1990-01-01"), wall("2037-12-31"))


def reading(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


@given(st.sampled_from(ZONES), times)
def test_what_a_clock_shows_is_shown_at_the_instant_it_is_taken_for(name, utc):
    zone, at = ZoneInfo(name), utc.replace(tzinfo=UTC)
    found = instant_at(reading(at, zone), zone)
    assert reading(found, zone) == reading(at, zone)
    assert found <= at  # a time that comes twice is taken for its first


def edges(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The time itself where a clock shows it, else the last before and the first after what is skipped."""
    try:
        instant_at(at, zone)
    except SkippedTime as skipped:
        return skipped.leaves - timedelta(microseconds=1), skipped.reaches
    return at, at


@given(st.sampled_from(ZONES), times)
def test_a_time_is_skipped_exactly_where_clocks_are_turned_over_it(name, at):
    zone = ZoneInfo(name)
    last, first = edges(at, zone)
    assert last <= at <= first
    assert [reading(instant_at(edge, zone), zone) for edge in (last, first)] == [last, first]


@pytest.mark.parametrize(
    ("zone", "skipped", "leaves", "reaches"),
    [
        ("Europe/Madrid", "2026-03-29 02:30", "2026-03-29 02:00", "2026-03-29 03:00"),
        ("Africa/Cairo", "2026-04-24 00:00", "2026-04-24 00:00", "2026-04-24 01:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:29:59", "2026-10-04 02:00", "2026-10-04 02:30"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30 00:00", "2011-12-31 00:00"),
    ],
)
def test_the_edges_of_what_is_skipped(zone, skipped, leaves, reaches):
    with pytest.raises(SkippedTime) as caught:
        instant_at(wall(skipped), ZoneInfo(zone))
    assert (caught.value.leaves, caught.value.reaches) == (wall(leaves), wall(reaches))


def test_an_hour_that_comes_twice_is_taken_for_its_first():
    assert instant_at(wall("2026-10-25 02:30").replace(fold=1), MADRID) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_only_the_last_minute_of_a_day_stands_for_the_day():
    day = datetime(2026, 5, 26, tzinfo=MADRID)
    hours = [day, day.replace(hour=23, minute=58), day.replace(hour=23, minute=59)]
    assert [is_end_of_day(at) for at in hours] == [False, False, True]
