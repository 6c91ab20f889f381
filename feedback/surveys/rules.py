"""Bands, channels and survey kinds; what a score means."""

from enum import StrEnum


class Band(StrEnum):
    """Class of a score, worst first."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


class SurveyKind(StrEnum):
    """A relationship answer speaks for the whole relation, a transactional one for one event."""

    RELATIONSHIP = "relationship"
    TRANSACTIONAL = "transactional"


class AnswerChannel(StrEnum):
    """How an answer reached us."""

    EMAIL = "email"
    WEB = "web"
    PHONE = "phone"
    SMS = "sms"
    PORTAL = "portal"
    IMPORT = "import"


class InvitationState(StrEnum):
    """Where an invitation stands."""

    CREATED = "created"
    ANSWERED = "answered"
    EXPIRED = "expired"


def band(score: int) -> Band:
    """Promoter 9–10, passive 7–8, detractor 0–6."""
    if score >= 9:
        return Band.PROMOTER
    return Band.PASSIVE if score >= 7 else Band.DETRACTOR
