"""Enums of the customer record."""

from datetime import date
from enum import StrEnum


class ContactRole(StrEnum):
    """What a contact has to say about buying."""

    DECISION_MAKER = "decision_maker"
    INFLUENCER = "influencer"
    USER = "user"


class ValueTier(StrEnum):
    """How much the account is worth to us; A is the most."""

    A = "A"
    B = "B"
    C = "C"


class AccountStatus(StrEnum):
    """Only active accounts count in the base frequency."""

    ACTIVE = "active"
    CLOSED = "closed"


class ContractStatus(StrEnum):
    """Whether a contract runs; only running ones come up for renewal."""

    RUNNING = "running"
    ENDED = "ended"


class WayToReach(StrEnum):
    """By what a contact wants to hear from us, if at all; a wish, never a permission."""

    EMAIL = "email"
    PHONE = "phone"
    SMS = "sms"
    VISIT = "visit"
    POST = "post"


class BestHours(StrEnum):
    """At what time of their day a contact likes to be reached."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


def is_pause(first: date | None, until: date | None) -> bool:
    """Whether these days make a pause, or none at all: `until` is the first day after it."""
    if first is None or until is None:
        return first is until
    return first < until


ROLE_INDEX = {ContactRole.DECISION_MAKER: 0, ContactRole.INFLUENCER: 1, ContactRole.USER: 2}


class ErasureReason(StrEnum):
    """Why a person is erased."""

    REQUESTED = "requested"  # by the person
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_LONGER_NEEDED = "no_longer_needed"
    STORED_WRONGLY = "stored_wrongly"
