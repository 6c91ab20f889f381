"""Whether this is the moment: hours and holidays where the contact is, what the contact asked for, and how often we came lately.

Pure but for the calendars' cache. Hours, holidays and a missing time zone hold back what we start; wishes, caps and distances
also an offer to somebody who called. What a customer asks for is always answered: the tables see to that.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from feedback.calendars.holidays import countries
from feedback.calendars.queries import business_time, is_closed
from feedback.calendars.rules import CalendarSpec, Span
from feedback.gate.contacts.queries import Approach
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.rules import Initiation
from feedback.kernel.business_time import BusinessTime, NeverOpen
from feedback.kernel.db import instant, microseconds
from feedback.permission.rules import Channel


class Why(StrEnum):
    """What speaks against this moment; the reason codes of a deferred decision."""

    NOT_NOW = "not_now_until"
    PAUSED = "paused_by_contact"
    CAP = "cap_reached"
    OTHER_TEAM = "other_team_contact_recent"
    COOLDOWN = "cooldown"
    QUIET_HOURS = "quiet_hours"
    HOLIDAY = "holiday"
    NO_TIME_ZONE = "no_time_zone"


WISHES = frozenset({Why.NOT_NOW, Why.PAUSED})  # they end with a day, not at an hour


class TimingLimits(NamedTuple):
    """The settings of the moment. A cap or distance of 0 is none."""

    hours: tuple[tuple[Span, ...], ...] = ((),) * 7  # Monday first, in minutes after local midnight; without any: no quiet hours
    channels: tuple[Channel, ...] = ()  # those that keep to the hours and holidays
    holidays: bool = True
    contact_cap: int = 0
    contact_days: int = 30
    account_cap: int = 0
    account_days: int = 30
    other_team_days: int = 0
    cooldown_days: int = 0
    region_zones: tuple[tuple[str, str], ...] = ()
    installation_zone: str | None = None

    @property
    def window(self) -> timedelta:
        """How far back contacts matter."""
        return timedelta(days=max(self.contact_days, self.account_days, self.other_team_days, self.cooldown_days))


class Place(NamedTuple):
    """Where an account is, as far as it is known."""

    time_zone: str | None
    region: str | None
    country: str | None


class Person(NamedTuple):
    """What the moment depends on of the contact."""

    contact_id: int
    time_zone: str | None
    not_now_until: date | None
    not_now_reason: str | None
    paused_from: date | None
    paused_until: date | None


class Approaching(NamedTuple):
    """How the contact would be approached, by whom (None: by nobody we know) and when."""

    channel: Channel
    initiation: Initiation
    asker: int | None
    now: datetime


class Block(NamedTuple):
    """One thing that speaks against the moment, until when (None: until somebody changes it), and the rows that say so."""

    why: Why
    until: datetime | None
    facts: dict[str, Any]


class Moment(NamedTuple):
    """What speaks against it (nothing: it is open), when it opens, and when an open moment closes."""

    blocks: tuple[Block, ...] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    zone: str | None = None

    @property
    def is_deferred(self) -> bool:
        """Whether to wait."""
        return bool(self.blocks)


OPEN = Moment()
UTC_ZONE = ZoneInfo("UTC")


def judge(person: Person, place: Place, approaches: Sequence[Approach], asked: Approaching, limits: TimingLimits) -> Moment:
    """Everything that speaks against approaching this contact now."""
    if asked.initiation is Initiation.REQUESTED:
        return OPEN
    zone = zone_of(person.time_zone, place, limits)
    blocks, pause = _wishes(person, zone or UTC_ZONE, asked.now), _midnight(person.paused_from, zone or UTC_ZONE)
    if approaches:
        blocks += _frequency(person.contact_id, approaches, asked, limits)
    if asked.initiation is Initiation.OUTBOUND:
        if zone is None:
            blocks.append(Block(Why.NO_TIME_ZONE, None, {"contact": person.contact_id}))
        elif asked.channel in limits.channels and any(limits.hours):
            return _ending(_within_hours(blocks, place, zone, asked.now, limits), pause, asked.now)
    return _ending(_moment(blocks, None, zone), pause, asked.now)


def _ending(moment: Moment, pause: datetime | None, now: datetime) -> Moment:
    """An open moment also ends where a pause begins."""
    if pause is None or pause <= now or moment.is_deferred:
        return moment
    return moment._replace(closes_at=pause if moment.closes_at is None else min(pause, moment.closes_at))


def _moment(blocks: Sequence[Block], closes_at: datetime | None, zone: ZoneInfo | None) -> Moment:
    ends = [block.until for block in blocks]
    opens_at = max((end for end in ends if end is not None), default=None) if None not in ends else None
    return Moment(tuple(blocks), opens_at, None if blocks else closes_at, zone.key if zone else None)


def _within_hours(blocks: list[Block], place: Place, zone: ZoneInfo, now: datetime, limits: TimingLimits) -> Moment:
    """What the hours add, and the first moment at which nothing speaks against it any more."""
    spec = _calendar(limits.hours, zone.key, _country(place.country) if limits.holidays else None)
    closed, closes_at = _hours_at(spec, now)
    moment = _moment([*blocks, closed] if closed else blocks, closes_at, zone)
    if moment.opens_at is None or (closed and not blocks):
        return moment
    return moment._replace(opens_at=_next_opening(business_time(spec), moment.opens_at))


@lru_cache(maxsize=256)
def _hours_at(spec: CalendarSpec, now: datetime) -> tuple[Block | None, datetime | None]:
    """What the hours say at a moment, once for all contacts of a zone: why they are closed, or when they close."""
    times = business_time(spec)
    return (None, _closing(times, now)) if times.is_open(now) else (_closed(spec, times, times.zone, now), None)


def _closed(spec: CalendarSpec, times: BusinessTime, zone: ZoneInfo, now: datetime) -> Block:
    today = now.astimezone(zone).date()
    on_holiday = spec.openings[today.weekday()] and is_closed(spec, today)
    facts = {"on": today.isoformat(), "local_time": now.astimezone(zone).strftime("%H:%M")}
    if on_holiday:
        facts |= {"country": spec.country or ""}
    return Block(Why.HOLIDAY if on_holiday else Why.QUIET_HOURS, _next_opening(times, now), facts)


def _next_opening(times: BusinessTime, at: datetime) -> datetime | None:
    try:
        return times.next_opening(at)
    except NeverOpen:  # holidays on every day that has hours: nobody ever gets there
        return None


def _closing(times: BusinessTime, now: datetime) -> datetime | None:
    """When the opening that is on ends; None when it goes on into the next year."""
    _starts, ends = times.openings_of(now.astimezone(UTC).year)
    place = bisect_right(ends, microseconds(now))
    return instant(ends[place]) if place < len(ends) else None


@lru_cache(maxsize=512)
def _calendar(hours: tuple[tuple[Span, ...], ...], zone: str, country: str | None) -> CalendarSpec:
    return CalendarSpec(time_zone=zone, openings=hours, country=country)


@lru_cache(maxsize=512)
def _country(name: str | None) -> str | None:
    """The country's code if its holidays are known."""
    code = (name or "").strip().upper()
    return code if code in countries() else None


@lru_cache(maxsize=1024)
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # a name that no longer exists must not stop the gate
        return None


def zone_of(own: str | None, place: Place, limits: TimingLimits) -> ZoneInfo | None:
    """The contact's, else the account's, else its region's, else the installation's time zone; None if nobody names one."""
    found = _zone(own) or _zone(place.time_zone)
    if found is None and place.region is not None and limits.region_zones:
        found = next((_zone(name) for region, name in limits.region_zones if region == place.region), None)
    return found or _zone(limits.installation_zone)


def _wishes(person: Person, zone: ZoneInfo, now: datetime) -> list[Block]:
    """The days on which the contact wants to be left alone; they begin and end at midnight where the contact is."""
    found = []
    until = _midnight(person.not_now_until, zone)
    if until is not None and now < until:
        facts = {"contact": person.contact_id, "on": str(person.not_now_until), "reason": person.not_now_reason or ""}
        found.append(Block(Why.NOT_NOW, until, facts))
    start, end = _midnight(person.paused_from, zone), _midnight(person.paused_until, zone)
    if start is not None and end is not None and start <= now < end:
        found.append(Block(Why.PAUSED, end, {"contact": person.contact_id, "on": str(person.paused_until)}))
    return found


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)


def _frequency(contact_id: int, approaches: Sequence[Approach], asked: Approaching, limits: TimingLimits) -> list[Block]:
    """Caps per contact and account over all teams, the distance to another colleague, and the rest after a no."""
    ours = [one for one in approaches if one.outbound]
    mine = [one for one in ours if one.contact_id == contact_id]
    others = [one for one in ours if one.user_id != asked.asker]
    declined = [one for one in approaches if one.contact_id == contact_id and one.outcome is ContactOutcome.DECLINED]
    found = [
        _limited(Why.CAP, mine, limits.contact_cap, limits.contact_days, asked.now, {"of": "contact"}),
        _limited(Why.CAP, ours, limits.account_cap, limits.account_days, asked.now, {"of": "account"}),
        _limited(Why.OTHER_TEAM, others, 1, limits.other_team_days, asked.now, {}),
        _limited(Why.COOLDOWN, declined, 1, limits.cooldown_days, asked.now, {}),
    ]
    return [block for block in found if block is not None]


def _limited(
    why: Why, approaches: Sequence[Approach], most: int, days: int, now: datetime, facts: dict[str, Any]
) -> Block | None:
    """Whether there were `most` of them within so many days, and when the first of them lies so far back."""
    if most <= 0 or days <= 0:
        return None
    span = timedelta(days=days)
    recent = sorted((one for one in approaches if one.at > now - span), key=lambda one: (one.at, one.id), reverse=True)
    if len(recent) < most:
        return None
    newest, decisive = recent[0], recent[most - 1]
    rows = {"sales_contacts": [one.id for one in recent[:most]], "count": len(recent), "days": days}
    rows |= {"by": newest.user_id, "at": newest.at.isoformat(), "contact": newest.contact_id}
    return Block(why, decisive.at + span, rows | facts)
