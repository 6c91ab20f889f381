"""The words of waves: states, and why somebody was taken off by hand."""

from enum import StrEnum


class WaveState(StrEnum):
    """Where a wave stands."""

    DRAFT = "draft"  # nobody is asked yet; can be rehearsed and changed
    PLANNING = "planning"  # started; who is asked when is being worked out and written
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class ExclusionReason(StrEnum):
    """Why a person was taken off a wave by hand; every one is reported."""

    ASKED_BY_CUSTOMER = "asked_by_customer"
    WRONG_PERSON = "wrong_person"
    SENSITIVE_TALKS = "sensitive_talks"
    OPEN_COMPLAINT = "open_complaint"
    DUPLICATE = "duplicate"
    OTHER = "other"


class QuarantineMode(StrEnum):
    """What a wave does with somebody who was asked not long ago."""

    BLOCK = "block"  # not asked in this wave
    DELAY = "delay"  # asked when the time is over, if the wave still runs


class MailKind(StrEnum):
    """What a mail of a wave is."""

    INVITATION = "invitation"
    REMINDER = "reminder"
