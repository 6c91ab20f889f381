"""States of initiatives, of what is followed up, and of disruptions, and what may follow what."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from flask_babel import gettext as _

from feedback.kernel.errors import RuleViolation


class InitiativeState(StrEnum):
    """The outer loop, in order; what was delivered is measured, and open again when the rate did not fall."""

    PROPOSED = "proposed"
    COMMITTED = "committed"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    EFFECT_CONFIRMED = "effect_confirmed"
    NO_EFFECT = "no_effect"
    DROPPED = "dropped"


class ItemState(StrEnum):
    """What became of one customer of a follow-up."""

    OPEN = "open"
    QUEUED = "queued"  # a mail is on its way
    MAILED = "mailed"
    CALLED = "called"
    SKIPPED = "skipped"


class SkipReason(StrEnum):
    """Why a customer of a follow-up is neither called nor written to."""

    NOT_AFFECTED = "not_affected"
    ALREADY_TOLD = "already_told"
    NOT_REACHED = "not_reached"
    OTHER = "other"


class StopReason(StrEnum):
    """Why a mail of a follow-up did not leave; the customer stays on the list, to be called."""

    ACCOUNT_CLOSED = "account_closed"
    LEFT_ROLE = "left_role"
    NO_ADDRESS = "no_address"
    STOP_LIST = "stop_list"
    BOUNCED = "bounced"
    REFUSED = "refused"
    NO_TEXT = "no_text"
    CLOSED = "closed"
    NOT_DELIVERED = "not_delivered"


class DisruptionState(StrEnum):
    """Where a disruption stands; it follows from its times, and is stored nowhere."""

    PLANNED = "planned"
    ACTIVE = "active"
    OVER = "over"  # and not everybody has been told
    FOLLOWED_UP = "followed_up"
    WITHDRAWN = "withdrawn"  # entered by mistake: it never counted


class Verdict(StrEnum):
    """What the answers after the delivery say about the rate."""

    TOO_FEW = "too_few"
    FELL = "fell"
    UNCLEAR = "unclear"  # lower, but chance would explain it
    NOT_FALLEN = "not_fallen"


S = InitiativeState
TRANSITIONS: Mapping[S, tuple[S, ...]] = {
    S.PROPOSED: (S.COMMITTED, S.DROPPED),
    S.COMMITTED: (S.IN_PROGRESS, S.DROPPED),
    S.IN_PROGRESS: (S.DELIVERED, S.DROPPED),
    # by hand only when it was not delivered after all: the verdict is the measurement's
    S.DELIVERED: (S.IN_PROGRESS,),
    S.EFFECT_CONFIRMED: (S.IN_PROGRESS,),
    S.NO_EFFECT: (S.IN_PROGRESS, S.DROPPED),
    S.DROPPED: (S.PROPOSED,),
}
OPEN_STATES = (S.PROPOSED, S.COMMITTED, S.IN_PROGRESS, S.DELIVERED, S.NO_EFFECT)
DONE_ITEMS = (ItemState.MAILED, ItemState.CALLED, ItemState.SKIPPED)
# a customer who was told, or had nothing to be told, is not held any longer by a disruption that is over
RELEASING = frozenset({SkipReason.NOT_AFFECTED, SkipReason.ALREADY_TOLD})


class InitiativeFacts(NamedTuple):
    """What is known about an initiative that moves."""

    state: S
    has_owner: bool
    due_on: date | None
    note: str | None
    defects: int


def check_move(target: S, facts: InitiativeFacts) -> None:
    """Let it pass, or say everything that stands against it.

    Raises:
        RuleViolation: the state cannot follow, or facts are missing (named in `missing`).
    """
    if target not in TRANSITIONS[facts.state]:
        following = ", ".join(TRANSITIONS[facts.state]) or "–"
        text = _("It is %(now)s and cannot become %(target)s; what can follow: %(following)s.",
                 now=facts.state.value, target=target.value, following=following)  # fmt: skip
        raise RuleViolation(text)
    missing = _missing(target, facts)
    if missing:
        text = _("It cannot become %(target)s yet. Missing: %(missing)s.", target=target.value, missing=", ".join(missing))
        raise RuleViolation(text, missing=missing)


def _missing(target: S, facts: InitiativeFacts) -> list[str]:
    present = {
        "owner": facts.has_owner,
        "due_on": facts.due_on is not None,
        "defects": facts.defects > 0,
        "note": bool(facts.note),
    }
    backwards = target is S.IN_PROGRESS and facts.state is not S.COMMITTED
    needed = {
        S.COMMITTED: ("owner", "due_on"),
        S.DELIVERED: ("defects",),  # else nothing could be measured
        S.DROPPED: ("note",),
    }.get(target, ("note",) if backwards else ())
    return [fact for fact in needed if not present[fact]]


def state_of(starts_at: datetime, ends_at: datetime | None, *, withdrawn: bool, waiting: bool, now: datetime) -> DisruptionState:
    """Where a disruption stands. `waiting`: some affected customer has not been told that it is over."""
    if withdrawn:
        return DisruptionState.WITHDRAWN
    if starts_at > now:
        return DisruptionState.PLANNED
    if ends_at is None or ends_at > now:
        return DisruptionState.ACTIVE
    return DisruptionState.OVER if waiting else DisruptionState.FOLLOWED_UP
