"""Days and hours of survey mails: read from the settings, and when they next begin anywhere."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config import Settings, load_settings
from feedback.listening.rules.hours import WorkingHours, read_days, read_hours, read_times, runs_of

USUAL = WorkingHours()
ZONES = [
    "UTC",
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Havana",
]
START = datetime(2024, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 4 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
HOURS = st.builds(
    lambda days, opens, length: WorkingHours(days, opens, min(opens + length, 24 * 60)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 23 * 60),
    st.integers(60, 24 * 60),
)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        (" Mon – Fri ", {0, 1, 2, 3, 4}),
        ("sun-thu", {6, 0, 1, 2, 3}),
        ("mon,wed,friday", {0, 2, 4}),
        ("fri-mon,wed", {4, 5, 6, 0, 2}),
        ("mon-sun", set(range(7))),
        ("sat", {5}),
        ("tue-mon", set(range(7))),
    ],
)
def test_days_as_people_write_them(text: str, days: set[int]) -> None:
    assert read_days(text) == days


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("9-17", (540, 1020)),
        ("08:30-18:00", (510, 1080)),
        ("0-24", (0, 1440)),
        (" 9 – 17 ", (540, 1020)),
        ("23-24:00", (1380, 1440)),
    ],
)
def test_hours_as_people_write_them(text: str, minutes: tuple[int, int]) -> None:
    assert read_times(text) == minutes


@pytest.mark.parametrize("text", ["", ",", "mo-fr", "mon-", "mon-wed-fri", "monfri", "1-5", "moonday", "mondays"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as mon-fri"):
        read_days(text)


@pytest.mark.parametrize("text", ["", "9", "9-17-18", "9-25", "9:60-17", "nine-five", "-9-17", "24:01-25", "9.30-17"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="as 9-17 or 08:30-18:00"):
        read_times(text)


@pytest.mark.parametrize("text", ["17-9", "22-6", "9-9", "9:00-9:59"])
def test_hours_end_after_they_begin(text: str) -> None:
    with pytest.raises(ValueError, match="at least 60 minutes after they begin"):
        read_times(text)


def test_settings_carry_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDLOOP_MAIL_DAYS", "sun-thu")
    monkeypatch.setenv("CLOSEDLOOP_MAIL_HOURS", "08:30-18")
    assert Settings().working_hours == WorkingHours(frozenset({6, 0, 1, 2, 3}), 510, 1080)


def test_the_usual_ones_are_monday_to_friday_nine_to_five() -> None:
    assert Settings().working_hours == USUAL == read_hours("mon-fri", "9-17")


def test_settings_refuse_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDLOOP_MAIL_HOURS", "22-6")
    with pytest.raises(ValidationError, match="mail_hours"):
        Settings()


def test_a_start_with_wrong_settings_says_which_and_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDLOOP_MAIL_DAYS", "workdays")
    monkeypatch.setenv("CLOSEDLOOP_MAILS_PER_SECOND", "0")
    with pytest.raises(SystemExit) as refused:
        load_settings()
    _, days, pace = str(refused.value).splitlines()
    assert (
        days
        == "  CLOSEDLOOP_MAIL_DAYS: Name the days on which mails leave, such as mon-fri, sun-thu or mon,wed,fri, not 'workdays'."
    )
    assert pace.startswith("  CLOSEDLOOP_MAILS_PER_SECOND: ")


@given(MOMENTS, st.sampled_from(ZONES))
def test_the_usual_next_opening_is_a_working_hour_and_not_far(moment: datetime, name: str) -> None:
    opens = USUAL.next_opening(moment, ZoneInfo(name))
    here = opens.astimezone(ZoneInfo(name))
    assert here.weekday() < 5
    assert 9 <= here.hour < 17
    assert timedelta() <= opens - moment <= timedelta(hours=65)  # from Friday evening to Monday, an hour longer in autumn


@given(MOMENTS, st.sampled_from(ZONES), HOURS)
def test_whatever_the_hours_the_next_opening_lies_in_them(moment: datetime, name: str, hours: WorkingHours) -> None:
    zone = ZoneInfo(name)
    found = hours.next_opening(moment, zone)
    days = [moment.astimezone(zone).date() + timedelta(days=number) for number in range(-1, 16)]
    spans = [hours.window(day, zone) for day in days if day.weekday() in hours.days]
    assert any(opens <= found < closes or found == opens for opens, closes in spans)
    assert not [span for span in spans if span[0] < found and max(span[0], moment) < min(span[1], found)]  # none is missed
    assert hours.next_opening(found, zone) == found >= moment


@given(MOMENTS, st.sampled_from(ZONES), HOURS, st.integers(0, 120))
def test_late_means_after_the_hours_and_never_before(moment: datetime, name: str, hours: WorkingHours, minutes: int) -> None:
    zone, late = ZoneInfo(name), timedelta(minutes=minutes)
    usual, found = hours.next_opening(moment, zone), hours.next_opening(moment, zone, late=late)
    assert found in (moment, usual)
    if usual != moment == found:
        assert hours.next_opening(moment - late, zone) <= moment  # so long ago it was open, or just going to be


@given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.sampled_from(ZONES), HOURS)
def test_hours_are_those_of_the_wall_clock(day: date, name: str, hours: WorkingHours) -> None:
    zone = ZoneInfo(name)
    opens, closes = hours.window(day, zone)
    assert timedelta() <= closes - opens <= timedelta(seconds=hours.length) + timedelta(hours=1)
    shown = opens.astimezone(zone)
    skipped = datetime.combine(day, time(hours.opens // 60, hours.opens % 60), zone).astimezone(UTC).astimezone(zone)
    assert shown == skipped  # where the clock jumps over it, both are the moment after


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_spans_of_days_are_the_days(days: frozenset[int]) -> None:
    spans = runs_of(days)
    told = [(first + step) % 7 for first, last in spans for step in range((last - first) % 7 + 1)]
    assert sorted(told) == sorted(days)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        # the Friday before and the Monday after clocks change: nine o'clock stays nine o'clock
        ("2026-03-27T16:30:00+00:00", "Europe/Madrid", "2026-03-30T07:00:00+00:00"),
        ("2026-10-23T16:30:00+00:00", "Europe/Madrid", "2026-10-26T08:00:00+00:00"),
        ("2026-03-06T23:00:00+00:00", "America/New_York", "2026-03-09T13:00:00+00:00"),
        ("2026-10-30T22:00:00+00:00", "America/New_York", "2026-11-02T14:00:00+00:00"),
    ],
)
def test_clocks_that_change_over_the_weekend(at: str, zone: str, expected: str) -> None:
    assert USUAL.next_opening(datetime.fromisoformat(at), ZoneInfo(zone)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("days", "hours", "expected"),
    [
        ("mon-fri", "9-17", "2026-11-23T09:00:00+00:00"),
        ("sun-thu", "9-17", "2026-11-22T09:00:00+00:00"),
        ("sat", "20-24", "2026-11-21T20:00:00+00:00"),
        ("mon-sun", "0-24", "2026-11-21T19:59:00+00:00"),
        ("sat", "9-17", "2026-11-28T09:00:00+00:00"),
    ],
)
def test_a_saturday_evening(days: str, hours: str, expected: str) -> None:
    saturday = datetime(2026, 11, 21, 19, 59, tzinfo=UTC)
    assert read_hours(days, hours).next_opening(saturday, UTC) == datetime.fromisoformat(expected)


def test_the_hour_after_midnight_is_still_late() -> None:
    evenings, late = read_hours("mon-fri", "18-24"), timedelta(hours=1)
    after = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)  # Saturday
    assert evenings.next_opening(after, UTC, late=late) == after
    assert evenings.next_opening(after, UTC) == datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
