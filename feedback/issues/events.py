"""News about issues."""

from dataclasses import dataclass

FROM_ANSWERS = "answers"  # the reason when answers did it


@dataclass(frozen=True)
class IssuesChanged:
    """Issues of these accounts opened, moved or got worse: what they mean for the gate may have changed."""

    account_ids: frozenset[int]
    reason: str


@dataclass(frozen=True)
class IssueFixed:
    """A fix is said to be done: those who told us of the problem can be asked whether it is."""

    issue_id: int


@dataclass(frozen=True)
class FixTalkedOf:
    """Somebody behind a fixed issue was spoken with, or called in vain: the mail is not the first they hear any more."""

    issue_id: int


@dataclass(frozen=True)
class FixSettled:
    """The customer confirmed the fix, or we stopped asking: later on a score shows how they stand with us."""

    issue_id: int
