"""Consent: purposes, channels, actions, and the state that a history of events leaves."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


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


class SuppressionReason(StrEnum):
    """Why somebody gets no surveys by mail."""

    UNSUBSCRIBED = "unsubscribed"
    COMPLAINT = "complaint"  # the mail was reported as spam
    HARD_BOUNCE = "hard_bounce"
    MANUAL = "manual"


class Consent(StrEnum):
    """The state the gate reads."""

    ALLOWED = "allowed"
    NOT_RECORDED = "not_recorded"
    REFUSED = "refused"


# With this basis, and with evidence, a grant takes an earlier objection back; no other grant does.
OBJECTION_WITHDRAWN = "objection_withdrawn"
_RESTRICTIVENESS = {
    ConsentAction.GRANTED: 0,
    ConsentAction.REFUSED: 1,
    ConsentAction.WITHDRAWN: 2,
    ConsentAction.OBJECTED: 3,
}


class Statement(NamedTuple):
    """One recorded statement about one purpose on one channel."""

    id: int
    action: ConsentAction
    occurred_at: datetime
    takes_objection_back: bool = False


class ConsentFact(NamedTuple):
    """The state that a history leaves, and the statement that decides it."""

    state: Consent
    event_id: int | None
    since: datetime | None
    action: ConsentAction | None


NOTHING_RECORDED = ConsentFact(Consent.NOT_RECORDED, None, None, None)


def takes_objection_back(action: ConsentAction, basis: str | None, evidence: str | None) -> bool:
    """Whether this statement is the contact's own, evidenced withdrawal of an objection."""
    return action is ConsentAction.GRANTED and basis == OBJECTION_WITHDRAWN and bool((evidence or "").strip())


def consent_of(statements: Iterable[Statement]) -> ConsentFact:
    """The state of one contact, purpose and channel.

    An objection wins over everything that came before or after it, until the contact takes it back. Otherwise the newest
    statement counts; of several at the same moment the most restrictive.
    """
    history = list(statements)
    if not history:
        return NOTHING_RECORDED
    if len(history) > 1:
        history.sort(key=lambda one: (one.occurred_at, _RESTRICTIVENESS[one.action], one.id))
    deciding = _standing_objection(history) or history[-1]
    state = Consent.ALLOWED if deciding.action is ConsentAction.GRANTED else Consent.REFUSED
    return ConsentFact(state, deciding.id, deciding.occurred_at, deciding.action)


def _standing_objection(history: list[Statement]) -> Statement | None:
    objection = None
    for statement in history:
        if statement.action is ConsentAction.OBJECTED:
            objection = statement
        elif statement.takes_objection_back and objection and statement.occurred_at > objection.occurred_at:
            objection = None
    return objection
