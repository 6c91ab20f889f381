"""Consent: purposes, channels, actions, and the state that a history of events leaves."""

from enum import StrEnum


class Purpose(StrEnum):
    """What we want to use the contact for."""

    OFFERS = "offers"
    PARTNER_OFFERS = "partner_offers"
    FEEDBACK = "feedback"
    SERVICE = "service"


class Channel(StrEnum):
    """How the contact is reached."""

    EMAIL = "email"
    PHONE = "phone"
    SMS = "sms"
    PORTAL = "portal"
    VISIT = "visit"
    POST = "post"


class ConsentAction(StrEnum):
    """What the contact said."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"


class Consent(StrEnum):
    """The state the gate reads."""

    ALLOWED = "allowed"
    NOT_RECORDED = "not_recorded"
    REFUSED = "refused"
