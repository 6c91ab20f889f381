"""Who is asked in a wave, when, and why not."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.accounts.rules import ContactRole, ValueTier
from feedback.listening.rules.eligibility import FLOOR, Person, Terms, first_day, free_from, skip_reason
from feedback.listening.rules.hours import WorkingHours
from feedback.listening.rules.schedule import Pace, Planned, plan
from feedback.listening.rules.states import QuarantineMode
from feedback.permission.rules import Consent, SuppressionReason
from feedback.surveys.rules import SkipReason, SurveyKind

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # a Friday
MONDAY, FRIDAY_AFTER = date(2026, 11, 23), date(2026, 12, 4)
TERMS = Terms(SurveyKind.RELATIONSHIP, 180, QuarantineMode.BLOCK, False, MONDAY, FRIDAY_AFTER)
ANNA = Person(1, 1, ContactRole.DECISION_MAKER, ValueTier.A, 7, "anna@example.com", UTC, Consent.ALLOWED)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"account_active": False}, SkipReason.ACCOUNT_CLOSED),
        ({"left": True}, SkipReason.LEFT_ROLE),
        ({"taken_off": True}, SkipReason.TAKEN_OFF),
        ({"address": None}, SkipReason.NO_ADDRESS),
        ({"suppressed": SuppressionReason.HARD_BOUNCE}, SkipReason.BOUNCED),
        ({"suppressed": SuppressionReason.UNSUBSCRIBED}, SkipReason.STOP_LIST),
        ({"consent": Consent.REFUSED}, SkipReason.REFUSED),
        ({"consent": Consent.NOT_RECORDED}, None),
        ({"not_now_until": FRIDAY_AFTER}, SkipReason.NOT_NOW),
        ({"not_now_until": FRIDAY_AFTER - timedelta(days=1)}, None),
        ({"consent": Consent.REFUSED, "address": None, "left": True}, SkipReason.LEFT_ROLE),
    ],
)
def test_what_no_later_day_cures(change: dict[str, Any], reason: SkipReason | None) -> None:
    assert skip_reason(replace(ANNA, **change), TERMS) is reason


def test_a_company_that_needs_consent_asks_nobody_without() -> None:
    terms = replace(TERMS, consent_required=True)
    assert skip_reason(replace(ANNA, consent=Consent.NOT_RECORDED), terms) is SkipReason.NO_PERMISSION
    assert skip_reason(ANNA, terms) is None


@pytest.mark.parametrize(
    ("kind", "days", "relationship", "transactional", "expected"),
    [
        (SurveyKind.RELATIONSHIP, 180, None, None, None),
        (SurveyKind.RELATIONSHIP, 180, 100, None, timedelta(days=80)),
        # a survey about an event keeps nobody from the one about the relation, but for a day
        (SurveyKind.RELATIONSHIP, 180, None, 30, timedelta(days=-29)),
        (SurveyKind.TRANSACTIONAL, 90, 30, None, timedelta(days=60)),
        (SurveyKind.TRANSACTIONAL, 90, 80, 10, timedelta(days=80)),
        (SurveyKind.TRANSACTIONAL, 0, None, 0, FLOOR),
    ],
)
def test_quarantine(
    kind: SurveyKind, days: int, relationship: int | None, transactional: int | None, expected: timedelta | None
) -> None:
    asked: dict[str, Any] = {
        "asked_relationship": None if relationship is None else NOW - timedelta(days=relationship),
        "asked_transactional": None if transactional is None else NOW - timedelta(days=transactional),
    }
    until = free_from(replace(ANNA, **asked), replace(TERMS, kind=kind, quarantine_days=days))
    assert (None if until is None else until - NOW) == expected


@pytest.mark.parametrize(
    ("days_ago", "mode", "expected"),
    [
        (180, QuarantineMode.BLOCK, MONDAY),
        (170, QuarantineMode.BLOCK, SkipReason.QUARANTINE),
        (170, QuarantineMode.DELAY, date(2026, 12, 1)),  # free on 30 November at 6:00, after that day's morning began
        (160, QuarantineMode.DELAY, SkipReason.QUARANTINE),
    ],
)
def test_quarantine_blocks_or_delays(days_ago: int, mode: QuarantineMode, expected: date | SkipReason) -> None:
    person = replace(ANNA, asked_relationship=NOW - timedelta(days=days_ago))
    assert first_day(person, replace(TERMS, mode=mode)) == expected


def test_a_person_who_is_away_is_asked_after_coming_back() -> None:
    assert first_day(replace(ANNA, not_now_until=date(2026, 11, 25)), TERMS) == date(2026, 11, 26)


def test_who_is_known_from_two_accounts_is_asked_about_one() -> None:
    other = replace(ANNA, account_id=2, tier=ValueTier.C)
    outcomes = plan([other, ANNA], TERMS, Pace(), now=NOW)
    assert [one.reason for one in outcomes] == [SkipReason.ASKED_ELSEWHERE, None]


def test_a_wave_that_starts_today_sends_nothing_into_the_past() -> None:
    now = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    people = [replace(ANNA, contact_id=number, account_id=number) for number in range(50)]
    moments = [one.send_at for one in plan(people, TERMS, Pace(), now=now)]
    assert all(moment is not None and now <= moment <= now.replace(hour=17, minute=0) for moment in moments)
    (late,) = plan([ANNA], TERMS, Pace(), now=now.replace(hour=17))
    assert late.send_at is not None
    assert late.send_at.date() == MONDAY + timedelta(days=1)


def test_an_owner_who_can_call_two_back_is_not_sent_ten() -> None:
    people = [replace(ANNA, contact_id=n, account_id=n, answers=0.5, detracts=1.0) for n in range(10)]
    outcomes = plan(people, TERMS, Pace(callbacks_per_owner_day=2), now=NOW)
    days = Counter(one.send_at.date() for one in outcomes if one.send_at)
    assert days == {MONDAY: 4, MONDAY + timedelta(days=1): 4, MONDAY + timedelta(days=2): 2}


ZONES = [UTC, ZoneInfo("America/Lima"), ZoneInfo("Asia/Vladivostok"), ZoneInfo("Europe/Madrid")]
PEOPLE = st.builds(
    replace,
    st.just(ANNA),
    account_id=st.integers(1, 12),
    contact_id=st.integers(1, 60),
    role=st.sampled_from(ContactRole),
    tier=st.sampled_from(ValueTier),
    zone=st.sampled_from(ZONES),
    consent=st.sampled_from(Consent),
    asked_relationship=st.none() | st.integers(0, 400).map(lambda days: NOW - timedelta(days=days)),
    not_now_until=st.none() | st.dates(MONDAY - timedelta(days=9), FRIDAY_AFTER + timedelta(days=9)),
    answers=st.floats(0, 1),
    detracts=st.floats(0, 1),
)
HOURS = st.builds(
    lambda days, opens, length: WorkingHours(days, opens, min(opens + length, 24 * 60)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 23 * 60),
    st.integers(60, 24 * 60),
)
PACES = st.builds(
    Pace,
    per_day=st.none() | st.integers(1, 9),
    account_gap_days=st.integers(0, 5),
    callbacks_per_owner_day=st.none() | st.integers(1, 3),
    hours=st.just(WorkingHours()) | HOURS,
)


@given(st.lists(PEOPLE, max_size=60), PACES, st.sampled_from(QuarantineMode))
def test_whatever_the_wave_its_promises_hold(people: list[Person], pace: Pace, mode: QuarantineMode) -> None:
    terms = replace(TERMS, mode=mode)
    outcomes = plan(people, terms, pace, now=NOW)
    assert [one.person for one in outcomes] == people
    assert all((one.send_at is None) != (one.reason is None) for one in outcomes)
    asked = [(one.person, one.send_at.astimezone(one.person.zone)) for one in outcomes if one.send_at]
    assert len({person.contact_id for person, _ in asked}) == len(asked)
    for person, here in asked:
        assert here.weekday() in pace.hours.days
        assert pace.hours.opens <= here.hour * 60 + here.minute < pace.hours.closes
        assert MONDAY <= here.date() <= FRIDAY_AFTER
        assert person.consent is not Consent.REFUSED
        until = free_from(person, terms)
        assert until is None or until <= here
        assert person.not_now_until is None or person.not_now_until < here.date()
    days = Counter(here.date() for _, here in asked)
    assert not pace.per_day or max(days.values(), default=0) <= pace.per_day
    of_account: dict[int, list[date]] = {}
    for person, here in asked:
        of_account.setdefault(person.account_id, []).append(here.date())
    for taken in of_account.values():
        gaps = [(after - before).days for before, after in zip(sorted(taken), sorted(taken)[1:], strict=False)]
        assert min(gaps, default=99) >= pace.account_gap_days


@given(st.lists(PEOPLE, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_list_decides_nothing(people: list[Person], chance: Random) -> None:
    unique = list({(person.account_id, person.contact_id): person for person in people}.values())
    shuffled = list(unique)
    chance.shuffle(shuffled)
    pace = Pace(per_day=3, account_gap_days=2)

    def key(one: Planned) -> tuple[int, int]:
        return one.person.account_id, one.person.contact_id

    assert sorted(plan(unique, TERMS, pace, now=NOW), key=key) == sorted(plan(shuffled, TERMS, pace, now=NOW), key=key)


@given(st.integers(1, 40), st.lists(st.integers(0, 11 * 3600), min_size=2, max_size=6))
def test_a_mail_keeps_its_moment_until_that_has_passed(people: int, seconds: list[int]) -> None:
    many = [replace(ANNA, account_id=number, contact_id=number) for number in range(people)]
    terms, begin = replace(TERMS, ends_on=MONDAY), datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    before: list[datetime | None] = [begin] * people
    for now in (begin + timedelta(seconds=after) for after in sorted(seconds)):
        moments = [one.send_at for one in plan(many, terms, Pace(), now=now)]
        kept = [was == at for was, at in zip(before, moments, strict=True) if was and was >= now and was > begin]
        assert all(kept)
        before = moments


def test_what_is_left_of_a_day_is_filled_evenly() -> None:
    many = [replace(ANNA, account_id=number, contact_id=number) for number in range(800)]
    now = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # half of the hours are over
    moments = [one.send_at for one in plan(many, replace(TERMS, ends_on=MONDAY), Pace(), now=now) if one.send_at]
    of_hours = Counter(at.hour for at in moments)
    assert sorted(of_hours) == [13, 14, 15, 16]
    assert all(170 <= count <= 230 for count in of_hours.values())
