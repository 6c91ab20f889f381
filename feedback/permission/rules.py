"""Consent: purposes, channels, actions, and the state that a history of events leaves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
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
    """Why somebody stands on a stop list."""

    UNSUBSCRIBED = "unsubscribed"
    COMPLAINT = "complaint"  # the mail was reported as spam
    HARD_BOUNCE = "hard_bounce"
    MANUAL = "manual"
    OBJECTION = "objection"
    LEGAL = "legal"
    REGISTER = "register"  # a public list of those who want no advertising


class Coverage(StrEnum):
    """What an entry of the stop list keeps from its people."""

    SURVEYS = "surveys"
    OFFERS = "offers"  # ours and partners'
    ALL = "all"  # both


class LawfulStance(StrEnum):
    """What a country's law, as the privacy officer reads it, lets us do without the contact's own yes."""

    CONSENT_REQUIRED = "consent_required"
    LEGITIMATE_INTEREST = "legitimate_interest"  # with a notice, until the contact says no
    NEVER = "never"


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
    valid_until: datetime | None = None
    notice_id: int | None = None


class ConsentFact(NamedTuple):
    """The state that a history leaves, and what decides it.

    `until` is the moment at which the state is known to change by itself, `expired_at` when the contact's yes ended.
    `listed` names an entry of the stop list, `policy_id` a row of the countries' policies, where these decided.
    """

    state: Consent
    event_id: int | None
    since: datetime | None
    action: ConsentAction | None
    until: datetime | None = None
    notice_id: int | None = None
    expired_at: datetime | None = None
    listed: int | None = None
    reason: SuppressionReason | None = None
    policy_id: int | None = None
    country: str | None = None


NOTHING_RECORDED = ConsentFact(Consent.NOT_RECORDED, None, None, None)


def takes_objection_back(action: ConsentAction, basis: str | None, evidence: str | None) -> bool:
    """Whether this statement is the contact's own, evidenced withdrawal of an objection."""
    return action is ConsentAction.GRANTED and basis == OBJECTION_WITHDRAWN and bool((evidence or "").strip())


def consent_of(statements: Iterable[Statement], now: datetime | None = None, max_age: timedelta | None = None) -> ConsentFact:
    """The state of one contact, purpose and channel.

    An objection wins over everything that came before or after it, until the contact takes it back. Otherwise the newest
    statement counts; of several at the same moment the most restrictive. A yes ends when it said so, or when it is older
    than `max_age`; a no does not. Without `now` nothing has ended.
    """
    history = list(statements)
    if not history:
        return NOTHING_RECORDED
    if len(history) > 1:
        history.sort(key=lambda one: (one.occurred_at, _RESTRICTIVENESS[one.action], one.id))
    deciding = _standing_objection(history) or history[-1]
    said = ConsentFact(Consent.REFUSED, deciding.id, deciding.occurred_at, deciding.action, notice_id=deciding.notice_id)
    if deciding.action is not ConsentAction.GRANTED:
        return said
    ends = end_of(deciding, max_age)
    if ends is not None and now is not None and ends <= now:
        return said._replace(state=Consent.NOT_RECORDED, expired_at=ends)
    return said._replace(state=Consent.ALLOWED, until=ends)


def end_of(grant: Statement, max_age: timedelta | None) -> datetime | None:
    """When a yes ends: the day it named, or when it is too old, whichever comes first."""
    ends = [grant.valid_until] if grant.valid_until else []
    if max_age is not None:
        ends.append(grant.occurred_at + max_age)
    return min(ends, default=None)


def _standing_objection(history: list[Statement]) -> Statement | None:
    objection = None
    for statement in history:
        if statement.action is ConsentAction.OBJECTED:
            objection = statement
        elif statement.takes_objection_back and objection and statement.occurred_at > objection.occurred_at:
            objection = None
    return objection
