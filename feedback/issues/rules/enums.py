"""States, severities, sources and clocks of an issue."""

from enum import StrEnum


class IssueState(StrEnum):
    """The inner loop, in order."""

    NEW = "new"
    ROUTED = "routed"
    CONTACTED = "contacted"
    DIAGNOSED = "diagnosed"
    IN_FIX = "in_fix"
    FIXED = "fixed"
    VERIFIED = "verified"
    CLOSED = "closed"
    CLOSED_UNVERIFIED = "closed_unverified"


class Severity(StrEnum):
    """How bad it is for the customer."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class IssueSource(StrEnum):
    """Why an issue exists. Of several reasons for one answer the first one here names the issue."""

    RESPONSE = "response"  # an answer of 0 to 6
    CALL_WISH = "call_wish"  # "please call me"
    KEYWORD = "keyword"  # words that a rule listens for
    SCORE_DROP = "score_drop"  # far lower than the same person's answer before
    COMPLAINT = "complaint"  # entered by hand or by another system
    STAFF = "staff"  # somebody of ours saw it
    SILENCE = "silence"  # a key contact does not answer
    CONTACT_GAP = "contact_gap"  # nobody of ours spoke with the key contacts for long
    SALES_PLAY = "sales_play"  # somebody wanted to sell where something has to be put right first


class Clock(StrEnum):
    """What has to happen by when; each issue carries all three due dates, the state says which of them run."""

    FIRST_CONTACT = "first_contact"
    NEXT_UPDATE = "next_update"
    RESOLUTION = "resolution"


class IssueStanding(StrEnum):
    """What an account's issues mean for the gate, from best to worst."""

    NONE = "none"
    MINOR_OPEN = "minor_open"
    FIXED_UNVERIFIED = "fixed_unverified"
    MAJOR_OPEN = "major_open"


OPEN_STATES = (
    IssueState.NEW,
    IssueState.ROUTED,
    IssueState.CONTACTED,
    IssueState.DIAGNOSED,
    IssueState.IN_FIX,
    IssueState.FIXED,
    IssueState.VERIFIED,
)
CLOSED_STATES = (IssueState.CLOSED, IssueState.CLOSED_UNVERIFIED)
# opened by what a customer answered
ANSWERED = frozenset({IssueSource.RESPONSE, IssueSource.CALL_WISH, IssueSource.KEYWORD, IssueSource.SCORE_DROP})
# work items: a reason to get in touch, not a problem that a customer told us of. They never speak against a customer.
WORK_ITEMS = frozenset({IssueSource.SILENCE, IssueSource.CONTACT_GAP, IssueSource.SALES_PLAY})
GRAVITY = {Severity.MINOR: 0, Severity.MAJOR: 1, Severity.CRITICAL: 2}
STANDING_GRAVITY = {standing: rank for rank, standing in enumerate(IssueStanding)}


def worse(one: Severity, other: Severity) -> Severity:
    """The graver of two severities."""
    return max(one, other, key=GRAVITY.__getitem__)


def one_step_up(severity: Severity) -> Severity:
    """The next graver severity; the gravest stays."""
    return {Severity.MINOR: Severity.MAJOR}.get(severity, Severity.CRITICAL)
