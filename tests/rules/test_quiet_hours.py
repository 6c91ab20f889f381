"""Quiet hours and digest times against somebody who looks at the clock on the wall every minute."""

import random
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedback.telling.rules.plans import Plan, Reason, Wishes, plan
from feedback.telling.rules.quiet import Quiet, next_digest, quiet_until
from feedback.telling.rules.topics import Mode, is_urgent

MINUTE = timedelta(minutes=1)
ZONES = [
    *("UTC", "Europe/Madrid", "Europe/London", "Europe/Moscow", "Europe/Kiev", "Atlantic/Azores", "Atlantic/Reykjavik"),
    *("America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "America/Havana", "America/Asuncion"),
    *("America/Scoresbysund", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Asia/Beirut", "Asia/Gaza"),
    *("Asia/Kathmandu", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo", "Asia/Pyongyang", "Australia/Lord_Howe"),
    *("Australia/Sydney", "Australia/Adelaide", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati"),
]
TURNS = [  # nights in which one of them is turned: forward, back, by half an hour, over midnight, by a whole day
    *(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)),
    *(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)),
    *(datetime(2011, 12, 30, tzinfo=UTC), datetime(2017, 10, 14, tzinfo=UTC), datetime(2026, 4, 24, tzinfo=UTC)),
    *(datetime(2026, 10, 29, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC), datetime(2015, 8, 14, tzinfo=UTC)),
]


def wall(zone: ZoneInfo, at: datetime) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def walked(quiet: Quiet, zone: ZoneInfo, at: datetime) -> datetime | None:
    """Look at the wall each minute until it is not quiet any more."""

    def is_quiet(then: datetime) -> bool:
        shown, start, end = wall(zone, then).time(), quiet.start, quiet.end
        if quiet.weekends and wall(zone, then).weekday() in (5, 6):
            return True
        if start is None or end is None:
            return False
        return start <= shown < end if start < end else not end <= shown < start

    if not is_quiet(at):
        return None
    then = at
    while is_quiet(then):
        then += MINUTE
    return then


def cases(seed: int, count: int) -> list[tuple[Quiet, ZoneInfo, datetime]]:
    chance = random.Random(seed)
    found = []
    for _case in range(count):
        start, end = chance.sample(range(1440), 2)
        at = chance.choice(TURNS) + timedelta(minutes=chance.randrange(-1500, 2500))
        quiet = Quiet(time(start // 60, start % 60), time(end // 60, end % 60))
        found.append((quiet, ZoneInfo(chance.choice(ZONES)), at))
    return found


def test_the_end_of_the_quiet_is_where_somebody_at_the_wall_sees_it() -> None:
    for quiet, zone, at in cases(1, 10_000):
        assert quiet_until(quiet, zone, at) == walked(quiet, zone, at), (quiet, zone, at)


def test_so_is_the_end_of_a_quiet_weekend() -> None:
    for quiet, zone, at in cases(4, 700):
        for start, end in ((quiet.start, quiet.end), (None, None)):
            weekends = Quiet(start, end, weekends=True)
            assert quiet_until(weekends, zone, at) == walked(weekends, zone, at), (weekends, zone, at)


def test_a_digest_comes_once_on_each_day_at_the_first_moment_at_which_the_wall_shows_its_hour() -> None:
    for _quiet, zone, at in cases(2, 1_500):
        hour = at.minute % 24
        then = at + MINUTE
        while not (wall(zone, then).hour >= hour and is_first_of_its_day(zone, then, hour)):
            then += MINUTE
        assert next_digest(zone, at, hour=hour) == then, (zone, at, hour)


def is_first_of_its_day(zone: ZoneInfo, then: datetime, hour: int) -> bool:
    """Whether the wall shows this hour, or a later one, for the first time on this day."""
    day = wall(zone, then).date()
    before = then - MINUTE
    while wall(zone, before).date() == day:
        if wall(zone, before).hour >= hour:
            return False
        before -= MINUTE
    return True


def test_a_weekly_digest_comes_on_its_day() -> None:
    for _quiet, zone, at in cases(3, 500):
        weekday = at.minute % 7
        slot = next_digest(zone, at, hour=8, weekday=weekday)
        assert (wall(zone, slot).weekday(), wall(zone, slot).time(), timedelta() < slot - at <= timedelta(days=8)) == (
            weekday,
            time(8),
            True,
        )


MADRID, NIGHT = ZoneInfo("Europe/Madrid"), Quiet(time(22), time(7))


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (utc(2026, 11, 22, 20, 59), None),  # 21:59
        (utc(2026, 11, 22, 21, 0), utc(2026, 11, 23, 6)),  # 22:00
        (utc(2026, 11, 23, 5, 59), utc(2026, 11, 23, 6)),
        (utc(2026, 11, 23, 6, 0), None),  # the end itself
        (utc(2026, 3, 28, 22, 0), utc(2026, 3, 29, 5)),  # an hour shorter
        (utc(2026, 10, 24, 20, 30), utc(2026, 10, 25, 6)),  # an hour longer
    ],
)
def test_a_night_in_madrid(at: datetime, end: datetime | None) -> None:
    assert quiet_until(NIGHT, MADRID, at) == end


AT_NIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)
MORNING = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.mark.parametrize(("passes", "expected"), [(True, Plan()), (False, Plan(Reason.QUIET, MORNING))])
def test_what_is_urgent_passes_if_the_person_lets_it(passes: bool, expected: Plan) -> None:
    wishes = Wishes("Europe/Madrid", quiet=NIGHT, urgent_passes=passes)
    assert plan(wishes, Mode.AT_ONCE, AT_NIGHT, urgent=True) == expected
    assert plan(wishes, Mode.AT_ONCE, AT_NIGHT, urgent=False) == Plan(Reason.QUIET, MORNING)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (utc(2026, 11, 23, 7, 0), None),  # Monday at eight
        (utc(2026, 11, 23, 17, 59), None),
        (utc(2026, 11, 23, 18, 0), utc(2026, 11, 24, 7)),
        (utc(2026, 11, 27, 18, 0), utc(2026, 11, 30, 7)),  # Friday evening
        (utc(2026, 11, 29, 11, 0), utc(2026, 11, 30, 7)),
    ],
)
def test_who_chose_nothing_is_left_alone_outside_working_hours(at: datetime, until: datetime | None) -> None:
    expected = Plan(Reason.QUIET, until) if until else Plan()
    assert plan(Wishes("Europe/Madrid"), Mode.AT_ONCE, at, urgent=False) == expected


GRAVE_CONTACT = {"clocks": ["next_update", "first_contact"], "severity": "major"}


@pytest.mark.parametrize(
    ("kind", "params", "urgent"),
    [
        ("issue_escalated", {}, True),
        ("issue_unrouted", {}, True),
        ("absence_begun", {"count": 2}, True),
        ("absence_begun", {"count": 0}, False),
        ("issue_overdue", GRAVE_CONTACT, True),
        ("issue_due_soon", GRAVE_CONTACT | {"severity": "critical"}, True),
        ("issue_overdue", GRAVE_CONTACT | {"severity": "minor"}, False),
        ("issue_overdue", GRAVE_CONTACT | {"clocks": ["resolution"]}, False),
        ("issue_overdue", {}, False),  # told before the severity was said
        ("issue_opened", GRAVE_CONTACT, False),
    ],
)
def test_what_cannot_wait_for_the_morning(kind: str, params: dict[str, object], urgent: bool) -> None:
    assert is_urgent(kind, params) is urgent


def test_a_digest_in_the_quiet_hours_comes_at_their_end() -> None:
    wishes = Wishes("Europe/Madrid", quiet=NIGHT, digest_hour=23)
    planned = plan(wishes, Mode.DAILY, datetime(2026, 11, 22, 12, tzinfo=UTC), urgent=True)
    assert planned == Plan(Reason.DAILY, MORNING)
