"""The words of a plan, its period and its states."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

LONGEST = timedelta(days=3 * 366)  # what lies farther ahead is no plan


class PeriodKind(StrEnum):
    """How long a plan holds."""

    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    FREE = "free"


class PlanState(StrEnum):
    """A draft is written, an active plan is worked by, a closed one is history."""

    DRAFT = "draft"
    ACTIVE = "active"
    CLOSED = "closed"


class ObjectiveState(StrEnum):
    """What became of something that we want to reach."""

    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


class IntentState(StrEnum):
    """What became of something that we would like to sell."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    DROPPED = "dropped"


class PromiseEnd(StrEnum):
    """How a promise of the plan ended."""

    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # the customer agreed to do without it


class ConditionKind(StrEnum):
    """What has to be so before we sell. Each is read from the evidence; nobody ticks it."""

    ISSUE = "issue"  # solved, by the customer's word
    DEFECT = "defect"  # not named any more
    DISRUPTION = "disruption"  # over, and the customer told so
    SCORE = "score"  # a person's fresh score
    CONSENT = "consent"  # a person's yes to offers on a channel
    HEARD = "heard"  # enough of those who decide
    INDEX = "index"  # the account's advocacy not below zero
    WALLET = "wallet"  # a fresh estimate of what the account spends


REFERENCES: Mapping[ConditionKind, tuple[str, ...]] = {
    ConditionKind.ISSUE: ("issue_id",),
    ConditionKind.DEFECT: ("defect_id",),
    ConditionKind.DISRUPTION: ("disruption_id",),
    ConditionKind.SCORE: ("contact_id",),
    ConditionKind.CONSENT: ("contact_id", "channel"),
    ConditionKind.HEARD: (),
    ConditionKind.INDEX: (),
    ConditionKind.WALLET: (),
}
_MONTHS = {PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}
_NEXT: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.ACTIVE, PlanState.CLOSED}),
    PlanState.ACTIVE: frozenset({PlanState.CLOSED}),
    PlanState.CLOSED: frozenset(),
}


def period_from(kind: PeriodKind, day: date) -> tuple[date, date]:
    """First and last day of the calendar quarter, half or year that holds `day`; of a free period only its first day is known."""
    months = _MONTHS.get(kind)
    if months is None:
        return day, day
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    return date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1])


def period_after(kind: PeriodKind, ends_on: date) -> tuple[date, date]:
    """The period that follows one which ends on a day."""
    return period_from(kind, ends_on + timedelta(days=1))


def is_period(kind: PeriodKind, starts_on: date, ends_on: date) -> bool:
    """Whether these days are such a period."""
    if kind is PeriodKind.FREE:
        return starts_on <= ends_on <= starts_on + LONGEST
    return period_from(kind, starts_on) == (starts_on, ends_on)


def overlap(one: tuple[date, date], other: tuple[date, date]) -> bool:
    """Whether two periods have a day in common; both ends belong to them."""
    return one[0] <= other[1] and other[0] <= one[1]


def may_become(now: PlanState, to: PlanState) -> bool:
    """Whether a plan may go there."""
    return to in _NEXT[now]


def missing_for(to: PlanState, *, objectives: int, conditions: int, open_promises: int, note: str) -> Sequence[str]:
    """What a plan lacks before it can become active or closed, as codes."""
    if to is PlanState.ACTIVE and not objectives and not conditions:
        return ["content"]
    lacks = []
    if to is PlanState.CLOSED and not note.strip():
        lacks.append("note")
    if to is PlanState.CLOSED and open_promises:
        lacks.append("promises")
    return lacks
