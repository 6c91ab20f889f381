"""Working time against a walker that looks at every single minute, over zones, changes of the clock and closed days."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.kernel.business_time import BusinessTime, NeverOpen

ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "America/Anchorage", "America/Argentina/Buenos_Aires",
    "America/Caracas", "America/Chicago", "America/Havana", "America/Los_Angeles", "America/New_York", "America/Santiago",
    "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Gaza", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran",
    "Asia/Tokyo", "Atlantic/Azores", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Dublin", "Europe/London",
    "Europe/Madrid", "Europe/Moscow", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "UTC",
)  # fmt: skip
FIRST, DAYS = datetime(2023, 12, 1, tzinfo=UTC), 430  # all of 2024, with both changes of every zone
CASES, CALENDARS = 10_000, 10  # per zone
OFFICE = {weekday: [(540, 1080)] for weekday in range(5)}
MADRID = BusinessTime(OFFICE, "Europe/Madrid")


def wall_clock(zone: str) -> tuple[np.ndarray, np.ndarray]:
    """What the wall clock shows in each minute of the time looked at: the day since 1970, and the minute of the week."""
    quarters = [FIRST + timedelta(minutes=15 * quarter) for quarter in range(DAYS * 96)]
    offsets = [round(at.astimezone(ZoneInfo(zone)).utcoffset() / timedelta(minutes=1)) for at in quarters]
    days, minutes = np.divmod(int(FIRST.timestamp()) // 60 + np.arange(DAYS * 1440) + np.repeat(offsets, 15), 1440)
    return days.astype(np.int32), ((days + 3) % 7 * 1440 + minutes).astype(np.int32)


def random_openings(dice: random.Random) -> dict[int, list[tuple[int, int]]]:
    kinds = [[(540, 1080)], [(480, 780), (900, 1140)], [(0, 1440)], [(0, 180)], [(1320, 1440)], [(90, 150), (1380, 1439)]]
    return {weekday: dice.choice(kinds) for weekday in dice.sample(range(7), dice.randint(1, 7))}


def open_minutes(
    wall: tuple[np.ndarray, np.ndarray], openings: dict[int, list[tuple[int, int]]], closed: set[date]
) -> np.ndarray:
    days, minutes = wall
    week, year = np.zeros(7 * 1440, bool), np.ones(days[-1] - days[0] + 1, bool)
    for weekday, spans in openings.items():
        for opens, closes in spans:
            week[weekday * 1440 + opens : weekday * 1440 + closes] = True
    year[[(day - date(1970, 1, 1)).days - days[0] for day in closed]] = False
    return week[minutes] & year[days - days[0]]


@pytest.mark.parametrize("zone", ZONES)
def test_it_equals_a_walk_over_every_minute(zone: str) -> None:
    dice, wall = random.Random(zone), wall_clock(zone)
    for _calendar in range(CALENDARS):
        openings = random_openings(dice)
        closed = {date(2024, 1, 1) + timedelta(days=dice.randint(0, 365)) for _ in range(12)}
        calendar, is_open = BusinessTime(openings, zone, closed.__contains__), open_minutes(wall, openings, closed)
        walked, opened = np.concatenate([[0], np.cumsum(is_open, dtype=np.int32)]), np.flatnonzero(is_open)
        for _case in range(CASES // len(ZONES) // CALENDARS + 1):
            check_one(calendar, is_open, walked, opened, dice)


def check_one(calendar: BusinessTime, is_open: np.ndarray, walked: np.ndarray, opened: np.ndarray, dice: random.Random) -> None:
    """One instant: is it open, what is so many minutes ahead and back, and how much lies between the two."""
    start = dice.randrange(40 * 1440, (DAYS - 40) * 1440)
    ahead, back = walked[start] + dice.randint(1, 3000), walked[start] - dice.randint(1, 3000)
    at = FIRST + timedelta(minutes=start)
    assert calendar.is_open(at) == is_open[start]
    if ahead <= len(opened):
        end = int(opened[ahead - 1]) + 1
        there = FIRST + timedelta(minutes=end)
        assert calendar.add(at, timedelta(minutes=int(ahead - walked[start]))) == there
        assert calendar.between(at, there) == timedelta(minutes=int(walked[end] - walked[start])) == -calendar.between(there, at)
    if back >= 0:
        assert calendar.add(at, timedelta(minutes=int(back - walked[start]))) == FIRST + timedelta(minutes=int(opened[back]))


def test_the_night_on_which_clocks_go_back_is_an_hour_longer() -> None:
    night = BusinessTime({6: [(0, 480)]}, "Europe/Madrid")  # Sundays from midnight to eight
    midnight = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Madrid"))
    assert night.between(midnight, midnight + timedelta(days=1)) == timedelta(hours=9)
    assert night.add(midnight, timedelta(hours=9)) == datetime(2026, 10, 25, 8, tzinfo=ZoneInfo("Europe/Madrid"))


def test_the_night_on_which_clocks_go_forward_is_an_hour_shorter() -> None:
    night = BusinessTime({6: [(0, 480)]}, "Europe/Madrid")
    midnight = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Madrid"))
    assert night.between(midnight, midnight + timedelta(days=1)) == timedelta(hours=7)


def test_an_opening_that_the_clock_jumps_over_does_not_exist() -> None:
    jumped = BusinessTime({6: [(120, 180)], 0: [(120, 180)]}, "Europe/Madrid")  # two to three, which is not there that Sunday
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert jumped.add(saturday, timedelta(hours=1)) == datetime(2026, 3, 30, 3, tzinfo=ZoneInfo("Europe/Madrid"))


def test_a_day_that_a_country_left_out_is_no_working_day() -> None:
    samoa = BusinessTime({weekday: [(0, 1440)] for weekday in range(7)}, "Pacific/Apia")
    before, after = (datetime(2011, 12, day, 12, tzinfo=ZoneInfo("Pacific/Apia")) for day in (29, 31))
    assert samoa.between(before, after) == timedelta(days=1)


def test_an_hour_before_closing_on_friday_is_the_end_of_friday() -> None:
    friday = datetime(2026, 11, 20, 17, tzinfo=ZoneInfo("Europe/Madrid"))
    assert MADRID.add(friday, timedelta(hours=1)) == friday + timedelta(hours=1)
    assert MADRID.add(friday, timedelta(hours=1, seconds=1)) == datetime(2026, 11, 23, 9, 0, 1, tzinfo=friday.tzinfo)


def test_counted_back_from_monday_morning_it_is_friday() -> None:
    monday = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Madrid"))
    assert MADRID.add(monday, timedelta(hours=-2)) == datetime(2026, 11, 20, 17, tzinfo=monday.tzinfo)


def test_no_working_time_moves_nothing() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert MADRID.add(sunday, timedelta()) == sunday


def test_it_says_when_it_next_opens() -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert MADRID.next_opening(sunday) == datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Madrid"))


moments = st.integers(1_577_836_800, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, UTC))  # 2020 to 2030
spans = st.timedeltas(timedelta(0), timedelta(days=200))


@given(moments, spans)
def test_what_was_added_lies_between(at: datetime, span: timedelta) -> None:
    assert MADRID.between(at, MADRID.add(at, span)) == span


@given(moments, spans)
def test_what_was_taken_back_lies_between(at: datetime, span: timedelta) -> None:
    assert MADRID.between(MADRID.add(at, -span), at) == span


@given(moments, moments, moments)
def test_parts_make_the_whole(first: datetime, second: datetime, third: datetime) -> None:
    assert MADRID.between(first, second) + MADRID.between(second, third) == MADRID.between(first, third)


@pytest.mark.parametrize(
    "openings", [{}, {0: []}, {0: [(600, 600)]}, {0: [(540, 1441)]}, {0: [(540, 700), (600, 800)]}, {0: [(-5, 10)]}]
)
def test_hours_that_are_none_are_refused(openings: dict[int, list[tuple[int, int]]]) -> None:
    with pytest.raises(ValueError, match=r"a calendar that is never open|spans of a day"):
        BusinessTime(openings, "UTC")


def test_a_calendar_that_is_always_closed_is_given_up() -> None:
    with pytest.raises(NeverOpen):
        BusinessTime(OFFICE, "UTC", lambda _day: True).add(FIRST, timedelta(hours=1))


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        BusinessTime(OFFICE, "Europe/Atlantis")
