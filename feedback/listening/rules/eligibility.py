"""Who may be asked in a wave, from when on, and why not: pure rules over facts that were read before."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from feedback.accounts.rules import ContactRole, ValueTier
from feedback.listening.rules.states import QuarantineMode
from feedback.permission.rules import Consent, SuppressionReason
from feedback.surveys.rules import SkipReason, SurveyKind

FLOOR = timedelta(hours=24)  # between any two requests to one person, whatever the programs say


@dataclass(frozen=True, slots=True)
class Person:
    """A contact in a role at an account, with everything that decides whether and when to ask.

    `asked_relationship`, `asked_transactional`: when this person was last asked, or answered, in a program of that kind;
    `asked_otherwise`: when the last mail of another kind wanted something, which only counts for the 24 hours between two.
    `answers`, `detracts`: how likely an answer is, and a detractor's if there is one (0 to 1).
    """

    account_id: int
    contact_id: int
    role: ContactRole
    tier: ValueTier
    owner_id: int | None
    address: str | None
    zone: tzinfo
    consent: Consent
    account_active: bool = True
    left: bool = False
    taken_off: bool = False
    suppressed: SuppressionReason | None = None
    not_now_until: date | None = None
    asked_relationship: datetime | None = None
    asked_transactional: datetime | None = None
    asked_otherwise: datetime | None = None
    answers: float = 0.0
    detracts: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a wave demands of everybody."""

    kind: SurveyKind
    quarantine_days: int
    mode: QuarantineMode
    consent_required: bool
    starts_on: date
    ends_on: date


def skip_reason(person: Person, terms: Terms) -> SkipReason | None:
    """Why this person is not asked at all, apart from what a later day would cure; None when nothing stands against it."""
    checks = (
        (SkipReason.ACCOUNT_CLOSED, not person.account_active),
        (SkipReason.LEFT_ROLE, person.left),
        (SkipReason.TAKEN_OFF, person.taken_off),
        (SkipReason.NO_ADDRESS, not person.address),
        (SkipReason.BOUNCED, person.suppressed is SuppressionReason.HARD_BOUNCE),
        (SkipReason.STOP_LIST, person.suppressed is not None),
        (SkipReason.REFUSED, person.consent is Consent.REFUSED),
        (SkipReason.NO_PERMISSION, terms.consent_required and person.consent is not Consent.ALLOWED),
        (SkipReason.NOT_NOW, person.not_now_until is not None and person.not_now_until >= terms.ends_on),
    )
    return next((reason for reason, holds in checks if holds), None)


def free_from(person: Person, terms: Terms) -> datetime | None:
    """The moment from which the quarantine lets this person be asked; None when it always did.

    A relationship survey waits for the relationship surveys before it. A transactional one waits for every survey, so that the
    survey about the whole relation is the one that gets through. Nobody is asked twice within 24 hours.
    """
    relationship, other = person.asked_relationship, person.asked_transactional
    quarantine = timedelta(days=terms.quarantine_days)
    if terms.kind is SurveyKind.RELATIONSHIP:
        ends = [relationship + quarantine if relationship else None, other + FLOOR if other else None]
    else:
        ends = [asked + quarantine if asked else None for asked in (relationship, other)]
    floors = [asked + FLOOR for asked in (relationship, other, person.asked_otherwise) if asked]
    known = [end for end in (*ends, *floors) if end]
    return max(known) if known else None


def stands_against(person: Person, terms: Terms, at: datetime) -> SkipReason | None:
    """Why a first mail must not reach this person at that very moment; None when nothing stands against it."""
    day = at.astimezone(person.zone).date()
    reason = skip_reason(person, replace(terms, starts_on=day, ends_on=day))
    until = free_from(person, terms)
    return reason or (SkipReason.QUARANTINE if until is not None and until > at else None)


def first_day(person: Person, terms: Terms) -> date | SkipReason:
    """The first day of the wave, in the person's own zone, on which a mail may go out; or why there is none."""
    day = terms.starts_on
    if person.not_now_until is not None and person.not_now_until >= day:
        day = person.not_now_until + timedelta(days=1)
        if day > terms.ends_on:
            return SkipReason.NOT_NOW
    until = free_from(person, terms)
    if until is None:
        return day
    free = _first_whole_day(until.astimezone(person.zone))
    if free <= day:
        return day
    if terms.mode is QuarantineMode.BLOCK or free > terms.ends_on:
        return SkipReason.QUARANTINE
    return free


def _first_whole_day(moment: datetime) -> date:
    """The day itself when the moment is its midnight, else the next one: mails go out from the morning on."""
    at_midnight = moment.hour == moment.minute == moment.second == moment.microsecond == 0
    return moment.date() if at_midnight else moment.date() + timedelta(days=1)
