"""Whether this is the moment: hours, holidays, wishes, caps, distances, and when nothing speaks against it any more."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.gate import timing
from feedback.gate.contacts.queries import Approach
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.rules import Initiation
from feedback.gate.timing import Approaching, Person, Place, TimingLimits, Why, judge
from feedback.permission.rules import Channel

NINE_TO_SEVEN = (((9 * 60, 19 * 60),),) * 5 + ((), ())
LIMITS = TimingLimits(
    hours=NINE_TO_SEVEN, channels=(Channel.PHONE,), contact_cap=2, account_cap=4, other_team_days=2, cooldown_days=30,
    installation_zone="UTC",
)  # fmt: skip
SATURDAY = datetime(2026, 11, 7, 10, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
ANA, BEN = 1, 2
MADRID = Place("Europe/Madrid", None, "ES")
NOWHERE = Place(None, None, None)


def person(zone=None, until: date | None = None, reason=None, pause: tuple[date | None, date | None] = (None, None)) -> Person:
    return Person(7, zone, until, reason, *pause)


def call(now: datetime, channel: Channel = Channel.PHONE, initiation=Initiation.OUTBOUND, asker: int | None = ANA) -> Approaching:
    return Approaching(channel, initiation, asker, now)


def approach(id_: int, days: float, contact_id: int | None = 7, by: int | None = ANA, **values) -> Approach:
    outcome = values.get("outcome", ContactOutcome.INTERESTED)
    return Approach(id_, contact_id, by, outcome, values.get("outbound", True), MONDAY - timedelta(days=days), "Ana")


def whys(moment: timing.Moment) -> list[Why]:
    return [block.why for block in moment.blocks]


def test_saturday_morning_is_refused_until_monday_nine_there():
    moment = judge(person(), MADRID, (), call(SATURDAY), LIMITS)
    assert (whys(moment), moment.opens_at) == ([Why.QUIET_HOURS], datetime(2026, 11, 9, 8, tzinfo=UTC))


def test_the_contacts_own_zone_counts_before_the_accounts():
    noon_in_madrid = datetime(2026, 11, 2, 11, tzinfo=UTC)  # five in the morning in Bogota
    moment = judge(person("America/Bogota"), MADRID, (), call(noon_in_madrid), LIMITS)
    assert (whys(moment), moment.opens_at) == ([Why.QUIET_HOURS], datetime(2026, 11, 2, 14, tzinfo=UTC))


def test_a_region_has_a_zone_for_accounts_that_name_none():
    limits = LIMITS._replace(region_zones=(("east", "Asia/Tokyo"),))
    moment = judge(person(), Place(None, "east", None), (), call(MONDAY), limits)
    assert (whys(moment), moment.zone) == ([Why.QUIET_HOURS], "Asia/Tokyo")


def test_a_holiday_of_the_accounts_country_is_named():
    constitution_day = datetime(2027, 12, 8, 11, tzinfo=UTC)  # a Wednesday; 6 December 2027 is a holiday as well
    moment = judge(person(), MADRID, (), call(constitution_day), LIMITS)
    assert (whys(moment), moment.opens_at) == ([Why.HOLIDAY], datetime(2027, 12, 9, 8, tzinfo=UTC))


@pytest.mark.parametrize("country", [None, "Atlantis"], ids=["none", "unknown"])
def test_without_a_known_country_there_are_no_holidays(country):
    christmas = datetime(2026, 12, 25, 11, tzinfo=UTC)
    assert not judge(person(), Place("Europe/Madrid", None, country), (), call(christmas), LIMITS).is_deferred


ANSWERED = {
    "e-mail": call(SATURDAY, Channel.EMAIL),
    "they called": call(SATURDAY, initiation=Initiation.INBOUND_SERVED),
    "they asked for it": call(SATURDAY, initiation=Initiation.REQUESTED),
}


@pytest.mark.parametrize("asked", ANSWERED.values(), ids=ANSWERED.keys())
def test_hours_are_for_what_we_start_and_what_rings(asked):
    assert not judge(person(), MADRID, (), asked, LIMITS).is_deferred


def test_without_a_time_zone_anywhere_nothing_is_started():
    moment = judge(person(), NOWHERE, (), call(MONDAY), LIMITS._replace(installation_zone=None))
    assert (whys(moment), moment.opens_at) == ([Why.NO_TIME_ZONE], None)


def test_without_a_time_zone_who_calls_is_served():
    limits = LIMITS._replace(installation_zone=None)
    assert not judge(person(), NOWHERE, (), call(MONDAY, initiation=Initiation.INBOUND_SERVED), limits).is_deferred


def test_a_buyer_on_holiday_is_left_alone_until_the_hours_of_the_day_named():
    moment = judge(person(until=date(2026, 11, 14), reason="holiday"), MADRID, (), call(MONDAY), LIMITS)
    assert (whys(moment), moment.opens_at) == ([Why.NOT_NOW], datetime(2026, 11, 16, 8, tzinfo=UTC))  # the 14th is a Saturday


def test_a_pause_is_kept_from_its_first_day_on():
    pause = (date(2026, 11, 2), date(2026, 11, 4))
    moment = judge(person(pause=pause), MADRID, (), call(MONDAY), LIMITS)
    assert (whys(moment), moment.opens_at) == ([Why.PAUSED], datetime(2026, 11, 4, 8, tzinfo=UTC))


def test_an_open_moment_ends_where_a_pause_begins():
    pause = (date(2026, 11, 3), date(2026, 11, 4))
    moment = judge(person(pause=pause), MADRID, (), call(MONDAY, Channel.EMAIL), LIMITS)
    assert (moment.is_deferred, moment.closes_at) == (False, datetime(2026, 11, 2, 23, tzinfo=UTC))


def test_who_was_approached_often_enough_rests_until_the_window_moved_on():
    moment = judge(person(), MADRID, [approach(1, 20), approach(2, 10)], call(MONDAY), LIMITS)
    assert (whys(moment), moment.blocks[0].until) == ([Why.CAP], MONDAY + timedelta(days=10))
    assert moment.blocks[0].facts["sales_contacts"] == [2, 1]


def test_an_account_is_capped_over_all_its_people_and_our_teams():
    several = [approach(n, 20 - n, contact_id=n) for n in range(4)]
    moment = judge(person(), MADRID, several, call(MONDAY), LIMITS)
    assert [(block.why, block.facts["of"]) for block in moment.blocks] == [(Why.CAP, "account")]


def test_two_managers_do_not_call_the_same_customer_at_once():
    yesterday = [approach(1, 1, by=BEN)]
    assert whys(judge(person(), MADRID, yesterday, call(MONDAY), LIMITS)) == [Why.OTHER_TEAM]
    assert not judge(person(), MADRID, yesterday, call(MONDAY, asker=BEN), LIMITS).is_deferred


def test_a_no_rests_however_the_contact_came_about():
    declined = [approach(1, 5, outcome=ContactOutcome.DECLINED, outbound=False)]
    assert whys(judge(person(), MADRID, declined, call(MONDAY), LIMITS)) == [Why.COOLDOWN]


def test_who_calls_us_is_not_counted_as_approached():
    inbound = [approach(n, n, outbound=False) for n in range(1, 9)]
    assert not judge(person(), MADRID, inbound, call(MONDAY), LIMITS).is_deferred


def test_an_open_moment_knows_when_it_closes():
    moment = judge(person(), MADRID, (), call(MONDAY), LIMITS)
    assert moment.closes_at == datetime(2026, 11, 2, 18, tzinfo=UTC)


START = datetime(2025, 1, 1, tzinfo=UTC)
moments = st.integers(0, 4 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
zones = st.sampled_from(["Europe/Madrid", "America/Bogota", "Pacific/Auckland", "Asia/Kolkata", "America/St_Johns", None])
several = st.lists(
    st.builds(
        approach, st.integers(1, 99), st.floats(-40, 40), st.sampled_from([7, 8, None]), st.sampled_from([ANA, BEN, None]),
        outcome=st.sampled_from(ContactOutcome), outbound=st.booleans(),
    ),
    max_size=8,
)  # fmt: skip
wishes = st.none() | st.dates(date(2025, 1, 1), date(2028, 12, 31))


@settings(max_examples=300, deadline=None)
@given(moments, zones, several, wishes, st.sampled_from(Initiation), st.sampled_from(Channel))
def test_when_it_says_it_opens_nothing_of_today_speaks_against_it(now, zone, approaches, wish, initiation, channel):
    past = [one for one in approaches if one.at <= now]
    moment = judge(person(zone, wish), MADRID, past, call(now, channel, initiation), LIMITS)
    opens_at = moment.opens_at or now
    assert opens_at >= now
    later = judge(person(zone, wish), MADRID, past, call(opens_at, channel, initiation), LIMITS)
    assert not later.is_deferred


@settings(max_examples=200, deadline=None)
@given(moments, zones, several, wishes)
def test_one_more_contact_never_opens_a_moment(now, zone, approaches, wish):
    past = [one for one in approaches if one.at <= now]
    more = judge(person(zone, wish), MADRID, past, call(now), LIMITS)
    fewer = judge(person(zone, wish), MADRID, past[1:], call(now), LIMITS)
    assert more.is_deferred or not fewer.is_deferred


@settings(max_examples=200, deadline=None)
@given(moments, zones.filter(bool))
def test_hours_equal_the_wall_clock_there(now, zone):
    local = now.astimezone(ZoneInfo(zone))
    is_open = local.weekday() < 5 and 9 <= local.hour < 19
    assert judge(person(zone), NOWHERE, (), call(now), LIMITS).is_deferred != is_open
