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
    """Where we learned of it."""

    RESPONSE = "response"
    STAFF = "staff"


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
GRAVITY = {Severity.MINOR: 0, Severity.MAJOR: 1, Severity.CRITICAL: 2}
STANDING_GRAVITY = {standing: rank for rank, standing in enumerate(IssueStanding)}


def worse(one: Severity, other: Severity) -> Severity:
    """The graver of two severities."""
    return max(one, other, key=GRAVITY.__getitem__)
