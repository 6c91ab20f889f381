"""Connectors and what becomes of an event: the words for both."""

from enum import StrEnum


class ConnectorKind(StrEnum):
    """Whose shape an event has."""

    TYPEFORM = "typeform"
    SURVEYMONKEY = "surveymonkey"
    QUALTRICS = "qualtrics"
    GENERIC = "generic"


class Scheme(StrEnum):
    """How a sender proves that an event is its own."""

    TYPEFORM = "typeform"
    SURVEYMONKEY = "surveymonkey"
    QUALTRICS = "qualtrics"
    STANDARD_WEBHOOKS = "standard_webhooks"
    HMAC_HEADER = "hmac_header"
    BEARER = "bearer"


# A vendor signs in one way; the sender of the generic shape chooses.
SCHEMES: dict[ConnectorKind, tuple[Scheme, ...]] = {
    ConnectorKind.TYPEFORM: (Scheme.TYPEFORM,),
    ConnectorKind.SURVEYMONKEY: (Scheme.SURVEYMONKEY,),
    ConnectorKind.QUALTRICS: (Scheme.QUALTRICS,),
    ConnectorKind.GENERIC: (Scheme.STANDARD_WEBHOOKS, Scheme.HMAC_HEADER, Scheme.BEARER),
}


class EventState(StrEnum):
    """Where an event stands."""

    RECEIVED = "received"  # stored, not looked at yet
    WAITING = "waiting"  # carries ids only; the answer is fetched by a job
    DONE = "done"  # its answer is stored
    SUPERSEDED = "superseded"  # a newer event about the same answer was there before
    REPEATED = "repeated"  # the vendor sent the same event in other bytes
    IGNORED = "ignored"  # says nothing about an answer
    QUARANTINED = "quarantined"  # a person has to look
    DISCARDED = "discarded"  # a person looked, and it is of no use


# What a later event about the same answer has to be compared with.
SETTLED = (EventState.DONE,)


class Trouble(StrEnum):
    """Why an event is in quarantine."""

    NOT_READABLE = "not_readable"
    UNKNOWN_VERSION = "unknown_version"
    MISSING = "missing"
    BAD_VALUE = "bad_value"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_CONTACT = "unknown_contact"
    SEVERAL_ACCOUNTS = "several_accounts"
    UNKNOWN_LINK = "unknown_link"
    LINK_USED = "link_used"
    UNKNOWN_CODE = "unknown_code"
    REFUSED = "refused"
    NO_API_TOKEN = "no_api_token"  # noqa: S105  a reason, no secret
    FETCH_FAILED = "fetch_failed"
    FAILED = "failed"
