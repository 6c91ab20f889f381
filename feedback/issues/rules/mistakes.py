"""Issues that were entered by mistake: which may be taken back. A second person confirms it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from feedback.issues.rules.enums import IssueSource, IssueState

# what one of us wrote down, or a rule read into words, can be wrong; a low score is what it is, and goes by excluding the answer
MISTAKABLE = frozenset({IssueSource.STAFF, IssueSource.COMPLAINT, IssueSource.KEYWORD, IssueSource.CALL_WISH})
BEFORE_FIX = frozenset(
    {IssueState.NEW, IssueState.ROUTED, IssueState.CONTACTED, IssueState.DIAGNOSED, IssueState.IN_FIX}
)  # fmt: skip


class MistakeState(StrEnum):
    """Where the word of somebody stands that an issue is none."""

    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class Against(StrEnum):
    """What speaks against taking an issue back."""

    PASSED = "passed"  # closed, or said to be fixed: the customer is asked about it
    WORK_ITEM = "work_item"
    CUSTOMER = "customer"  # a customer's score opened it, or a customer has said that it is not solved
    PROMISES = "promises"
    CONCESSION = "concession"


# whoever wants to take it back can see to these first
REMOVABLE = frozenset({Against.PROMISES, Against.CONCESSION})


@dataclass(frozen=True)
class MistakeFacts:
    """What is known about the issue. `causes`: every reason that any of its voices gave."""

    state: IssueState
    causes: frozenset[IssueSource]
    is_work_item: bool = False
    was_reopened: bool = False
    open_promises: int = 0
    concessions: int = 0  # asked for or approved


def reasons_in(source: IssueSource, voices: Iterable[tuple[IssueSource, Iterable[str]]]) -> frozenset[IssueSource]:
    """Why an issue exists, with the reasons (cause, keys of `why`) of everybody in it."""
    found = {source}
    for cause, why in voices:
        found |= {cause, *(IssueSource(name) for name in why)}
    return frozenset(found)


def stands_against(facts: MistakeFacts) -> list[Against]:
    """Everything that speaks against taking it back; empty: it may be."""
    found = {
        Against.PASSED: facts.state not in BEFORE_FIX,
        Against.WORK_ITEM: facts.is_work_item,
        Against.CUSTOMER: facts.was_reopened or (not facts.is_work_item and not facts.causes <= MISTAKABLE),
        Against.PROMISES: facts.open_promises > 0,
        Against.CONCESSION: facts.concessions > 0,
    }
    return [reason for reason, holds in found.items() if holds]
