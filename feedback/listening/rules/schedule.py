"""On which day and at what time each person of a wave is asked."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from feedback.accounts.rules import ROLE_INDEX
from feedback.listening.rules.eligibility import Person, Terms, first_day, skip_reason
from feedback.listening.rules.hours import USUAL, WorkingHours
from feedback.surveys.rules import SkipReason

_GOLDEN = 0.6180339887498949  # multiples of it, without their whole part, fill an interval evenly however many there are
_ROOTS = [math.sqrt(number) for number in (2, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)] * 2  # so do those of any of these


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a wave may go, and in which hours. None: no limit."""

    per_day: int | None = None
    account_gap_days: int = 0  # 1: never two people of one account on one day; 7: a week between them
    callbacks_per_owner_day: int | None = None
    hours: WorkingHours = USUAL


@dataclass(frozen=True, slots=True)
class Planned:
    """One person's place in a wave: the moment to send (UTC), or the reason not to."""

    person: Person
    send_at: datetime | None
    reason: SkipReason | None


@dataclass
class _Book:
    """What is taken already."""

    pace: Pace
    per_day: Counter[date] = field(default_factory=Counter)
    account_days: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))
    callbacks: dict[tuple[int, date], float] = field(default_factory=lambda: defaultdict(float))

    def has_room(self, person: Person, day: date) -> bool:
        if self.pace.per_day is not None and self.per_day[day] >= self.pace.per_day:
            return False
        gap = self.pace.account_gap_days
        if gap and any(abs((day - taken).days) < gap for taken in self.account_days[person.account_id]):
            return False
        limit = self.pace.callbacks_per_owner_day
        if limit is None or person.owner_id is None:
            return True
        expected = self.callbacks[person.owner_id, day]
        return not expected or expected + expected_callbacks(person) <= limit

    def take(self, person: Person, day: date) -> int:
        """Note it; answers how many were there before."""
        before = self.per_day[day]
        self.per_day[day] += 1
        self.account_days[person.account_id].append(day)
        if person.owner_id is not None:
            self.callbacks[person.owner_id, day] += expected_callbacks(person)
        return before


def expected_callbacks(person: Person) -> float:
    """Detractors to be expected from asking this person: the share of an owner's day it takes."""
    return person.answers * person.detracts


def plan(
    people: Sequence[Person],
    terms: Terms,
    pace: Pace,
    *,
    now: datetime,
    elsewhere: Mapping[int, Sequence[date]] = MappingProxyType({}),
) -> list[Planned]:
    """Give everybody a moment or a reason, in the order of `people`.

    `elsewhere` holds the days on which other waves ask somebody of an account: the gap between two people of one account holds
    across waves and programs.

    Decision makers come first, then the accounts of most value; a person known from two accounts is asked about the one that
    comes first. Nobody gets a mail outside the working hours of the pace, in their own zone, or in the past.
    """
    book, asked = _Book(pace), set[int]()
    for account_id, days in elsewhere.items():
        book.account_days[account_id].extend(days)
    planned: dict[int, Planned] = {}
    for place in sorted(range(len(people)), key=lambda place: _precedence(people[place])):
        person = people[place]
        outcome = _outcome(person, terms, book, asked, now)
        if isinstance(outcome, datetime):
            asked.add(person.contact_id)
            planned[place] = Planned(person, outcome, None)
        else:
            planned[place] = Planned(person, None, outcome)
    return [planned[place] for place in range(len(people))]


def _precedence(person: Person) -> tuple[int, str, int, int]:
    return ROLE_INDEX[person.role], person.tier.value, person.account_id, person.contact_id


def _outcome(person: Person, terms: Terms, book: _Book, asked: set[int], now: datetime) -> datetime | SkipReason:
    reason = skip_reason(person, terms)
    if reason is not None:
        return reason
    if person.contact_id in asked:
        return SkipReason.ASKED_ELSEWHERE
    start = first_day(person, terms)
    if isinstance(start, SkipReason):
        return start
    hours, today = book.pace.hours, now.astimezone(person.zone).date()
    is_over = now >= hours.window(today, person.zone)[1]
    day = max(start, today + timedelta(days=1) if is_over else today)
    while day <= terms.ends_on:
        if hours.is_working_day(day) and book.has_room(person, day):
            return _moment(person, day, book.take(person, day), hours, now)
        day += timedelta(days=1)
    return SkipReason.NO_ROOM


def _moment(person: Person, day: date, number: int, hours: WorkingHours, now: datetime) -> datetime:
    """The mails of a day, evenly over its hours; what would lie in the past goes, evenly again, into what is left of them.

    Until its moment has passed, a mail keeps it: a rehearsal and the start after it say the same. So a moment in the past is not
    counted from now on, but from itself, as often as it takes.
    """
    opens, closes = hours.window(day, person.zone)
    closes, earliest = min(closes, opens + timedelta(seconds=hours.length)), now.astimezone(UTC)
    at = opens + timedelta(seconds=int((number * _GOLDEN) % 1.0 * (closes - opens).total_seconds()))
    if number == 0:  # somebody who has started a wave sees its first mail leave
        return max(at, earliest)
    for root in _ROOTS:
        if at >= earliest:
            return at
        at += timedelta(seconds=int((number + 1) * root % 1.0 * (closes - at).total_seconds()))
    return max(at, earliest)
