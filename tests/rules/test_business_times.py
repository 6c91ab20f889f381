"""Working time of many instants at once is what each of them would be told alone."""

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.kernel.business_time import EPOCH, MICRO, BusinessTime, NeverOpen
from feedback.kernel.business_times import Moments, Timetable
from tests.rules.test_business_time import ZONES, random_openings

HOUR = timedelta(hours=1)
OFFICE = {weekday: [(540, 1080)] for weekday in range(5)}
CASES = 300  # per zone


def micro(moments: list[datetime]) -> Moments:
    return np.array([(moment - EPOCH) // MICRO for moment in moments], np.int64)


def spans(found: list[timedelta]) -> Moments:
    return np.array([span // MICRO for span in found], np.int64)


def random_time(dice: random.Random, zone: str) -> BusinessTime:
    closed = {date(2024, 1, 1) + timedelta(days=dice.randint(0, 900)) for _ in range(40)}
    return BusinessTime(random_openings(dice), zone, closed.__contains__)


@pytest.mark.parametrize("zone", ZONES)
def test_ahead_and_back_over_changes_of_the_clock_and_turns_of_the_year(zone: str) -> None:
    dice = random.Random(zone)
    time = random_time(dice, zone)
    at = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.uniform(0, 2 * 365 * 86_400)) for _ in range(CASES)]
    by = [dice.choice([timedelta(), HOUR, -HOUR, dice.uniform(-500, 500) * HOUR]) for _ in at]
    there = [time.add(*one) for one in zip(at, by, strict=True)]
    table = Timetable(time)
    assert (table.add(micro(at), spans(by)) == micro(there)).all()
    passed = [time.between(*one) for one in zip(at, there, strict=True)]
    assert (table.between(micro(at), micro(there)) == spans(passed)).all()


@given(st.randoms(use_true_random=False), st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 72)), min_size=1))
def test_whatever_is_asked_together(dice: random.Random, asked: list[tuple[int, int]]) -> None:
    time = random_time(dice, dice.choice(ZONES))
    night = datetime(2024, 10, 27, tzinfo=UTC) - timedelta(days=1)  # clocks go back in Europe
    at, by = [night + later * HOUR for _hours, later in asked], [hours * HOUR for hours, _later in asked]
    assert (Timetable(time).add(micro(at), spans(by)) == micro([time.add(*one) for one in zip(at, by, strict=True)])).all()


def test_answers_many_years_away_are_found_and_those_beyond_the_horizon_refused() -> None:
    rarely = BusinessTime({6: [(0, 60)]}, "UTC")  # an hour on Sundays
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    far = [400 * HOUR, 560 * HOUR, -560 * HOUR]
    assert (Timetable(rarely).add(micro([monday] * 3), spans(far)) == micro([rarely.add(monday, span) for span in far])).all()
    with pytest.raises(NeverOpen):
        Timetable(rarely).add(micro([monday, monday]), spans([HOUR, 700 * HOUR]))


def test_a_calendar_that_never_opens_again_is_refused() -> None:
    never = BusinessTime(OFFICE, "UTC", lambda _day: True)
    with pytest.raises(NeverOpen):
        Timetable(never).add(micro([datetime(2026, 3, 2, tzinfo=UTC)]), spans([HOUR]))


def test_nothing_asked_is_nothing_answered() -> None:
    table = Timetable(BusinessTime(OFFICE, "Europe/Madrid"))
    assert (len(table.add(micro([]), spans([]))), len(table.between(micro([]), micro([])))) == (0, 0)
