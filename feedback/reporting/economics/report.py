"""Promoter economics of this company: what its promoters, passives and detractors brought, what is at stake, what came back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from flask import current_app

from config import Settings
from feedback.accounts.exchange import current_exchange
from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import REACHED, ContactOutcome
from feedback.gate.limits import current_limits
from feedback.gate.models import GateDecision
from feedback.gate.rules import Advocacy, Initiation
from feedback.gate.standing import standings
from feedback.issues.rules.recovery import Share
from feedback.kernel import clock
from feedback.reporting.economics import rules
from feedback.reporting.economics.cohorts import CLASSES, Year, last_year, money_of, year_of
from feedback.reporting.economics.rules import Cohort, Ratio, Spread, Worth
from feedback.reporting.recovery import RecoveryFilter, recovery


@dataclass(frozen=True)
class Assumptions:
    """What the figures are reckoned with and this company has not shown itself."""

    margin: float | None
    discount: float
    retention: float  # of detractors
    own_retention: bool  # from this company's own accounts
    currency: str


@dataclass(frozen=True)
class ClassLine:
    """One class of a year ago, and what became of it; money is margin where a margin is set, else revenue."""

    band: Advocacy
    retention: Share
    losses: int
    money: Spread | None
    known: int  # accounts whose money is known
    value: float | None  # lifetime value of one account; None below the publishing rule
    enough: bool


@dataclass(frozen=True)
class Referrals:
    """Customers won in the year on somebody's recommendation, by the class of who recommended us."""

    won: int
    by_class: Mapping[Advocacy, int]
    money: float  # what they paid in the year
    promoters: Share  # promoters' part of those whose recommender's class is known


@dataclass(frozen=True)
class AccountValue:
    """An account with its lifetime value as a detractor."""

    id: int
    name: str
    money: float
    base: float
    promoter: bool = False  # where it came back: as a promoter


@dataclass(frozen=True)
class Value:
    """A range of money, the accounts it is about with the largest first, and how many of them have no money known."""

    low: float
    high: float
    accounts: Sequence[AccountValue]
    unknown: int


@dataclass(frozen=True)
class Recovered:
    """What came back. `claim`: the part of it beyond what comes back by itself; None where too few say."""

    value: Value
    claim: float | None


@dataclass(frozen=True)
class Economics:
    """The whole report."""

    start: date
    end: date
    lines: Sequence[ClassLine]
    ratio: Ratio | None
    worth: Worth
    assumptions: Assumptions
    unclassified: int
    unknown_end: int
    referrals: Referrals
    conversion: Mapping[Advocacy, Share]
    at_stake: Value
    recovered: Recovered


def economics() -> Economics:
    """The report about the whole company, over its last twelve complete months."""
    settings: Settings = current_app.extensions["closedloop_settings"]
    limits, today = current_limits(), clock.now().date()
    year = year_of(today, limits.exchange, limits.validity)
    cohorts = {band: _at_margin(year.cohort(band), settings.gross_margin) for band in CLASSES}
    found = rules.ratio(cohorts[Advocacy.PROMOTER], cohorts[Advocacy.DETRACTOR], settings.discount_rate)
    assumed, worth = _assumptions(settings, cohorts[Advocacy.DETRACTOR]), rules.worth(found)
    stake, back = _values(year, assumed, worth)
    return Economics(
        start=year.start,
        end=year.end,
        lines=[_line(band, cohort, settings.discount_rate) for band, cohort in cohorts.items()],
        ratio=found,
        worth=worth,
        assumptions=assumed,
        unclassified=sum(member.band not in CLASSES for member in year.members),
        unknown_end=year.unknown_end,
        referrals=_referrals(year),
        conversion=_conversion(year.start),
        at_stake=stake,
        recovered=Recovered(back, _claim(year.start)),
    )


def _at_margin(cohort: Cohort, margin: float | None) -> Cohort:
    return Cohort(cohort.money * (margin or 1.0), cohort.stayed)


def _assumptions(settings: Settings, detractors: Cohort) -> Assumptions:
    own = detractors.is_enough and detractors.retention.hits > 0
    retention = float(detractors.stayed.mean()) if own else settings.assumed_retention
    return Assumptions(settings.gross_margin, settings.discount_rate, retention, own, current_exchange().currency)


def _line(band: Advocacy, cohort: Cohort, discount: float) -> ClassLine:
    spread, retention = rules.spread(cohort.known), cohort.retention
    enough = cohort.is_enough
    value = spread.mean * rules.multiple(retention.share or 0.0, discount) if enough and spread else None
    return ClassLine(band, retention, cohort.losses, spread, len(cohort.known), value, enough)


def _values(year: Year, assumed: Assumptions, worth: Worth) -> tuple[Value, Value]:
    """What is at stake with the detractors of today, and what came back of those of a year ago."""
    query = sa.select(Account.id, Account.name, Account.annual_revenue, Account.currency)
    rows = db.session.execute(query.where(Account.status == AccountStatus.ACTIVE)).all()
    stands = {id_: one.advocacy for id_, one in standings([row.id for row in rows], clock.now()).items()}
    exchange = current_exchange()
    paid = money_of(*last_year(clock.now().date()), exchange)
    were = {member.id for member in year.members if member.band is Advocacy.DETRACTOR}
    times = (assumed.margin or 1.0) * rules.multiple(assumed.retention, assumed.discount)
    stake, back = [], []
    for row in rows:
        now = stands.get(row.id, Advocacy.UNKNOWN)
        money = paid[row.id] if row.id in paid else exchange.converted(row.annual_revenue, row.currency)
        if now is Advocacy.DETRACTOR:
            stake.append((row, money, False))
        elif row.id in were and now in (Advocacy.PROMOTER, Advocacy.PASSIVE):
            back.append((row, money, now is Advocacy.PROMOTER))
    return _value(stake, times, worth, passives_half=False), _value(back, times, worth, passives_half=True)


_Found = tuple["sa.Row[int, str, float | None, str | None]", float | None, bool]


def _value(found: Sequence[_Found], times: float, worth: Worth, *, passives_half: bool) -> Value:
    accounts = [
        AccountValue(row.id, row.name, money, money * times, promoter) for row, money, promoter in found if money is not None
    ]
    accounts.sort(key=lambda one: (-one.base, one.name))
    if passives_half:
        low, high = rules.recovered([(one.base, one.promoter) for one in accounts], worth)
    else:
        low, high = rules.at_stake(sum(one.base for one in accounts), worth)
    return Value(low, high, accounts, len(found) - len(accounts))


def _claim(since: date) -> float | None:
    """Which part of those who came back after a call would not have come back by itself; 0…1."""
    found = recovery(RecoveryFilter(start=since)).recovery
    share = found.called.share
    return max(0.0, found.difference.difference / share) if found.difference is not None and share else None


def _referrals(year: Year) -> Referrals:
    won = (Account.referred_by.is_not(None), Account.customer_since >= year.start, Account.customer_since < year.end)
    query = sa.select(Account.id, Account.referred_by).where(*won)
    rows, bands = db.session.execute(query).all(), year.bands()
    by_class = Counter(bands.get(row.referred_by or "", Advocacy.UNKNOWN) for row in rows)
    paid = money_of(year.start, year.end, current_exchange())
    known = sum(by_class[band] for band in CLASSES)
    money = sum(paid.get(row.id) or 0.0 for row in rows)
    return Referrals(len(rows), by_class, money, Share(by_class[Advocacy.PROMOTER], known))


def _conversion(since: date) -> dict[Advocacy, Share]:
    """Of the contacts of our own accord that reached somebody after a decision: how many ended in a sale."""
    query = (
        sa.select(SalesContact.outcome, GateDecision.inputs)
        .join(GateDecision, GateDecision.id == SalesContact.decision_id)
        .where(
            SalesContact.occurred_at >= datetime.combine(since, time(), UTC),
            SalesContact.initiation == Initiation.OUTBOUND,
            SalesContact.outcome.in_(REACHED),
        )
    )
    reached: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for outcome, inputs in db.session.execute(query):
        reached[inputs["advocacy"]] += 1
        sold[inputs["advocacy"]] += outcome is ContactOutcome.SOLD
    return {band: Share(sold[band.value], reached[band.value]) for band in CLASSES}
