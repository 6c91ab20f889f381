"""Pure rules of the work: what a promise is, which way leads to a state, how a chain of whys is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feedback.issues.rules.enums import IssueState

MOST_WHYS = 5
MOST_TOGETHER = 50  # people in one talk besides the first


class Outcome(StrEnum):
    """What came of trying to talk to a customer."""

    REACHED = "reached"
    LEFT_MESSAGE = "left_message"
    NOT_REACHED = "not_reached"


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    KEPT_LATE = "kept_late"  # broken all the same
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # the customer agreed to do without it, before its time


class Ending(StrEnum):
    """How a promise ends that is not kept."""

    NOT_KEPT = "not_kept"  # the customer was told; it is broken from then on
    WITHDRAWN = "withdrawn"


class MailState(StrEnum):
    """Where a mail about progress stands."""

    QUEUED = "queued"
    SENT = "sent"
    STOPPED = "stopped"
    RETURNED = "returned"


class MailStop(StrEnum):
    """Why a mail about progress did not leave, or came back."""

    ISSUE_CLOSED = "issue_closed"
    ACCOUNT_CLOSED = "account_closed"
    LEFT_ROLE = "left_role"
    NO_ADDRESS = "no_address"
    BOUNCED = "bounced"
    STOP_LIST = "stop_list"
    REFUSED = "refused"
    NOT_DELIVERED = "not_delivered"


class ConcessionState(StrEnum):
    """Where a concession stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class PromiseTimes:
    """When a promise was due, and what happened to it when."""

    due_at: datetime
    kept_at: datetime | None = None
    given_up_at: datetime | None = None
    withdrawn_at: datetime | None = None


def promise_state(times: PromiseTimes, now: datetime) -> PromiseState:
    """What became of a promise by now. One that is kept after its time was broken."""
    if times.withdrawn_at is not None:
        return PromiseState.WITHDRAWN
    if times.kept_at is not None:
        return PromiseState.KEPT if times.kept_at <= times.due_at else PromiseState.KEPT_LATE
    return PromiseState.BROKEN if times.due_at < now or times.given_up_at is not None else PromiseState.OPEN


# The usual way on. Others (back to routed, closed without an answer) are moves of their own.
_ON: Mapping[IssueState, IssueState] = {
    IssueState.ROUTED: IssueState.CONTACTED,
    IssueState.CONTACTED: IssueState.DIAGNOSED,
    IssueState.DIAGNOSED: IssueState.IN_FIX,
    IssueState.IN_FIX: IssueState.FIXED,
}


def way_to(state: IssueState, target: IssueState) -> list[IssueState] | None:
    """The states to go through, `target` last; empty when it is there already, None when no way leads on to it."""
    way = []
    while state is not target:
        if state not in _ON:
            return None
        state = _ON[state]
        way.append(state)
    return way


def states_ahead(state: IssueState) -> list[IssueState]:
    """What may follow on the usual way, the next one first."""
    ahead = []
    while state in _ON:
        state = _ON[state]
        ahead.append(state)
    return ahead


def read_whys(lines: Sequence[str]) -> list[str]:
    """A chain of whys as it is stored: one sentence each, no empty ones."""
    return [line for line in (" ".join(line.split()) for line in lines) if line]


@dataclass(frozen=True)
class Twig:
    """A cause as the tree needs it."""

    id: int
    parent_id: int | None
    place: int
    name: str


def in_tree_order(causes: Sequence[Twig]) -> list[tuple[Twig, int]]:
    """Each cause with how deep it stands, parents before their children, siblings in their order."""
    children: dict[int | None, list[Twig]] = {}
    known = {cause.id for cause in causes}
    for cause in sorted(causes, key=lambda one: (one.place, one.name.casefold(), one.id)):
        children.setdefault(cause.parent_id if cause.parent_id in known else None, []).append(cause)
    found: list[tuple[Twig, int]] = []

    def walk(parent: int | None, depth: int) -> None:
        for cause in children.get(parent, ()):
            found.append((cause, depth))
            walk(cause.id, depth + 1)

    walk(None, 0)
    return found


def is_below(cause_id: int, other_id: int, parents: Mapping[int, int | None]) -> bool:
    """Whether a cause is, or stands somewhere below, the other one."""
    seen: set[int] = set()
    at: int | None = cause_id
    while at is not None and at not in seen:
        if at == other_id:
            return True
        seen.add(at)
        at = parents.get(at)
    return False


def with_those_below(cause_ids: Sequence[int], parents: Mapping[int, int | None]) -> dict[int, set[int]]:
    """Each cause with itself and everything below it."""
    found: dict[int, set[int]] = {cause_id: {cause_id} for cause_id in cause_ids}
    for cause_id in cause_ids:
        at, seen = parents.get(cause_id), {cause_id}
        while at is not None and at not in seen:
            seen.add(at)
            found.setdefault(at, {at}).add(cause_id)
            at = parents.get(at)
    return found
