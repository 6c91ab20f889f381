"""Bands, channels and survey kinds; what a score means."""

from enum import StrEnum


class Band(StrEnum):
    """Class of a score, worst first."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


class SurveyKind(StrEnum):
    """A relationship answer speaks for the whole relation, a transactional one for one event.

    A recovery pulse asks those whose problem was solved how they stand with us now: it speaks for the person, and is counted
    in no NPS, because only people who were called get one. A verification asks whether a fix holds; it knows no score.
    """

    RELATIONSHIP = "relationship"
    TRANSACTIONAL = "transactional"
    RECOVERY_PULSE = "recovery_pulse"
    VERIFICATION = "verification"


PLANNED_KINDS = (SurveyKind.RELATIONSHIP, SurveyKind.TRANSACTIONAL)  # of programs that people make and waves ask
SCORED_KINDS = (*PLANNED_KINDS, SurveyKind.RECOVERY_PULSE)  # whose answers are answers
SPEAKS_FOR_RELATION = (SurveyKind.RELATIONSHIP, SurveyKind.RECOVERY_PULSE)  # in the standing of the person who answers


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

    CREATED = "created"  # a link somebody hands over; nothing is mailed
    PLANNED = "planned"  # waits for its moment
    SKIPPED = "skipped"  # not asked; the reason is beside it
    QUEUED = "queued"  # on its way to the mail server
    SENT = "sent"
    REMINDED = "reminded"
    ANSWERED = "answered"
    BOUNCED = "bounced"  # the address is dead
    FAILED = "failed"  # it never arrived, though the address may be good: refused for another reason, or tried in vain
    STOPPED = "stopped"  # opted out, erased or cancelled before it was sent or answered
    EXPIRED = "expired"


EMBEDDED = "embed:"  # how `Invitation.created_by` begins for forms in the pages of other sites


class Cadence(StrEnum):
    """How often a program is due."""

    NONE = "none"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


CADENCE_MONTHS = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.HALF_YEARLY: 6, Cadence.YEARLY: 12}


class SkipReason(StrEnum):
    """Why somebody is not asked in a wave; of several the first in this order is named."""

    ACCOUNT_CLOSED = "account_closed"
    LEFT_ROLE = "left_role"
    TAKEN_OFF = "taken_off"  # by hand, with a reason
    NO_ADDRESS = "no_address"
    STOP_LIST = "stop_list"  # unsubscribed, complained or put there by hand
    BOUNCED = "bounced"
    REFUSED = "refused"
    NO_PERMISSION = "no_permission"
    NOT_NOW = "not_now"
    QUARANTINE = "quarantine"
    ASKED_ELSEWHERE = "asked_elsewhere"  # in this wave already, for another account
    NO_ROOM = "no_room"  # the account or the days of the wave are full


class CorrectionReason(StrEnum):
    """Why a stored answer was changed."""

    MISTYPED = "mistyped"  # whoever wrote it down took another number
    MISREAD_SCALE = "misread_scale"  # the customer took 0 for the best
    WRONG_PERSON = "wrong_person"
    WRONG_ACCOUNT = "wrong_account"
    WRONG_WORDS = "wrong_words"  # the comment or the cited defects
    CHANGED_BY_CUSTOMER = "changed_by_customer"
    CHANGED_BY_PHONE = "changed_by_phone"  # the customer said so in an interview, as the interviewer noted it
    MACHINE_UNDONE = "machine_undone"  # a program had changed it over the link: what the customer said stands again
    OTHER = "other"


SAID_BY_CUSTOMER = (CorrectionReason.CHANGED_BY_CUSTOMER, CorrectionReason.CHANGED_BY_PHONE)
GIVEN_BY_STAFF = tuple(one for one in CorrectionReason if one not in (*SAID_BY_CUSTOMER, CorrectionReason.MACHINE_UNDONE))


class ExclusionCause(StrEnum):
    """Why an answer counts nowhere."""

    DUPLICATE = "duplicate"
    TEST = "test"
    WRONG_PERSON = "wrong_person"
    NOT_FROM_CUSTOMER = "not_from_customer"
    OTHER = "other"


def band(score: int) -> Band:
    """Promoter 9–10, passive 7–8, detractor 0–6."""
    if score >= 9:
        return Band.PROMOTER
    return Band.PASSIVE if score >= 7 else Band.DETRACTOR
