"""States, severities and transitions of an issue."""

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
