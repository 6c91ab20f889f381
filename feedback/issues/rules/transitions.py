"""Which state may follow which, and what has to be known first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedback.issues.rules.enums import GRAVITY, IssueState, Severity
from feedback.kernel.errors import RuleViolation

TRANSITIONS: Mapping[IssueState, tuple[IssueState, ...]] = {
    IssueState.NEW: (IssueState.ROUTED,),
    IssueState.ROUTED: (IssueState.CONTACTED,),
    IssueState.CONTACTED: (IssueState.DIAGNOSED,),
    IssueState.DIAGNOSED: (IssueState.IN_FIX,),
    # in_fix to in_fix is a progress update
    IssueState.IN_FIX: (IssueState.IN_FIX, IssueState.FIXED),
    # back to routed: the customer says that it is not solved
    IssueState.FIXED: (IssueState.VERIFIED, IssueState.ROUTED, IssueState.CLOSED_UNVERIFIED),
    IssueState.VERIFIED: (IssueState.CLOSED,),
    IssueState.CLOSED: (),
    IssueState.CLOSED_UNVERIFIED: (),
}
# a work item is a reason to get in touch: it ends when that has happened
WORK_ITEM_TRANSITIONS: Mapping[IssueState, tuple[IssueState, ...]] = {
    IssueState.NEW: (IssueState.ROUTED,),
    IssueState.ROUTED: (IssueState.CLOSED,),
    IssueState.CLOSED: (),
}
# a detractor answer about the same defect, given after the fix, takes the issue back to its owner
REOPENED_BY_ANSWER = frozenset({IssueState.FIXED, IssueState.VERIFIED})

# nobody leaves a grave issue behind without knowing why it happened
KNOWS_WHY = frozenset({IssueState.DIAGNOSED, IssueState.VERIFIED, IssueState.CLOSED, IssueState.CLOSED_UNVERIFIED})

# an issue that a machine's answer opened is closed again without anybody's work; later states are somebody's
WITHDRAWABLE = frozenset({IssueState.NEW, IssueState.ROUTED})

# What each missing fact is called in an answer of the API, and what to do about it.
MISSING_TEXTS = {
    "owner": "nobody owns it: take it or assign it",
    "note": "say in `note` how the customer was reached and what was said",
    "root_cause": "a root cause is needed for a major or critical issue",
    "fix_owner": "say who fixes it (`fix_owner_id`)",
    "fix_due_at": "say by when it will be fixed",
    "commitment": "say what was promised to the customer",
    "fix_summary": "say what was done",
    "voices": "several people reported it and have not all said yes: record what each of them says (`verifications`)",
    "answers": "somebody who spoke up has not been answered: speak with each of them, or give a reason why nobody has to",
    "contact_attempts": "the customer has not been asked often or long enough to close without an answer",
    "promises": "a promise to the customer is open: mark it as kept (`fulfilment`), or write down that the customer was told "
    "that it is not kept, or agreed to do without it (`ending`)",
}


@dataclass(frozen=True)
class TransitionFacts:
    """What is known about the issue, the stored facts and the ones that come with the request taken together."""

    state: IssueState
    severity: Severity
    has_owner: bool = False
    has_interaction: bool = False
    note: str | None = None
    root_cause: str | None = None
    fix_due_at: datetime | None = None
    has_commitment: bool = False
    fix_summary: str | None = None
    fixed_at: datetime | None = None
    attempts_since_fix: int = 0
    all_confirmed: bool = True  # apart from whoever is said to confirm now, nobody still has to
    unanswered_voices: int = 0
    is_work_item: bool = False
    open_promises: tuple[str, ...] = ()  # in their words
    has_fix_owner: bool = False


@dataclass(frozen=True)
class UnverifiedLimits:
    """When an issue may be closed although the customer never said that it is solved."""

    attempts: int = 3
    days: int = 30


class OutOfOrder(RuleViolation):
    """The state cannot follow at all, whatever is said with it."""


def following(state: IssueState, *, is_work_item: bool = False) -> tuple[IssueState, ...]:
    """The states that may follow."""
    return WORK_ITEM_TRANSITIONS.get(state, ()) if is_work_item else TRANSITIONS[state]


def missing_for(
    target: IssueState, facts: TransitionFacts, *, now: datetime, limits: UnverifiedLimits = UnverifiedLimits()
) -> list[str]:
    """Everything that is missing before the issue may become `target`, as keys of MISSING_TEXTS."""
    present = {
        "owner": facts.has_owner,
        "note": bool(facts.note),
        "root_cause": bool(facts.root_cause),
        "fix_owner": facts.has_fix_owner,
        "fix_due_at": facts.fix_due_at is not None,
        "commitment": facts.has_commitment,
        "fix_summary": bool(facts.fix_summary),
        "voices": facts.all_confirmed,
        # who was asked often enough has heard from us, whether they pick up or not
        "answers": facts.unanswered_voices == 0
        or (target is IssueState.CLOSED_UNVERIFIED and facts.attempts_since_fix >= limits.attempts),
        "contact_attempts": _tried_enough(facts, now, limits),
        "promises": not facts.open_promises,
    }
    return [fact for fact in (*_needed(target, facts), *_why(target, facts)) if not present[fact]]


def _why(target: IssueState, facts: TransitionFacts) -> tuple[str, ...]:
    grave = GRAVITY[facts.severity] >= GRAVITY[Severity.MAJOR] and not facts.is_work_item
    return ("root_cause",) if target in KNOWS_WHY and grave else ()


def _needed(target: IssueState, facts: TransitionFacts) -> tuple[str, ...]:
    if target is IssueState.CONTACTED:
        return () if facts.has_interaction else ("note",)
    if target is IssueState.CLOSED:
        return (*(("note",) if facts.is_work_item and not facts.has_interaction else ()), "answers", "promises")
    if target is IssueState.IN_FIX and facts.state is IssueState.IN_FIX:
        return ("note",)
    return {
        IssueState.ROUTED: ("owner",),
        IssueState.IN_FIX: ("fix_owner", "fix_due_at", "commitment"),
        IssueState.FIXED: ("fix_summary",),
        # silence is not a yes: who confirmed it, and how, has to be written down
        IssueState.VERIFIED: ("note", "voices"),
        IssueState.CLOSED_UNVERIFIED: ("contact_attempts", "answers", "promises"),
    }.get(target, ())


def _tried_enough(facts: TransitionFacts, now: datetime, limits: UnverifiedLimits) -> bool:
    if facts.attempts_since_fix >= limits.attempts:
        return True
    return facts.fixed_at is not None and now - facts.fixed_at >= timedelta(days=limits.days)


def check_transition(
    target: IssueState, facts: TransitionFacts, *, now: datetime, limits: UnverifiedLimits = UnverifiedLimits()
) -> None:
    """Let the transition pass or say everything that stands against it.

    Raises:
        OutOfOrder: the state cannot follow.
        RuleViolation: facts are missing (named in `missing`).
    """
    possible = following(facts.state, is_work_item=facts.is_work_item)
    if target not in possible:
        following_states = " or ".join(possible) or "nothing"
        raise OutOfOrder(f"The issue is {facts.state} and cannot become {target}; what can follow is {following_states}.")
    missing = missing_for(target, facts, now=now, limits=limits)
    if missing:
        reasons = "; ".join(MISSING_TEXTS[fact] + _named(fact, facts) for fact in missing)
        raise RuleViolation(f"The issue cannot become {target} yet: {reasons}.", missing=missing)


def _named(fact: str, facts: TransitionFacts) -> str:
    """The promises that stand in the way, by their words."""
    return " (" + ", ".join(f"“{text}”" for text in facts.open_promises) + ")" if fact == "promises" else ""


def is_reopened_by(state: IssueState, *, fixed_at: datetime | None, answered_at: datetime) -> bool:
    """Whether a detractor answer about the same defect says that the fix did not hold."""
    return state in REOPENED_BY_ANSWER and (fixed_at is None or answered_at > fixed_at)
