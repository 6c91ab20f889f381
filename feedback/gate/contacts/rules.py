"""What a sales contact is, and whether the gate had allowed it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from feedback.gate.rules import Initiation, Outcome, offers_permitted


class ContactOutcome(StrEnum):
    """How a sales contact ended."""

    SOLD = "sold"
    INTERESTED = "interested"
    NOT_NOW = "not_now"
    DECLINED = "declined"
    LOST = "lost"  # the sale was under way and went to somebody else
    NO_ANSWER = "no_answer"
    OTHER = "other"


class GoodMoment(StrEnum):
    """What the contact said to "is this a good moment to talk?"."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


class NotNowReason(StrEnum):
    """Why somebody wants to be left alone until a day."""

    HOLIDAY = "holiday"
    BUDGET_CYCLE = "budget_cycle"
    BUSY = "busy"
    OTHER = "other"


class Match(StrEnum):
    """How a sales contact stands to the gate's decisions."""

    VALID = "valid"  # a live decision allowed it
    WITHOUT = "without"  # nobody had asked, or the answer had lapsed
    AGAINST = "against"  # the live answer was no


class Asked(NamedTuple):
    """What was decided about the same account, purpose and channel before a contact; None for a moment that never came."""

    id: int
    contact_id: int | None
    initiation: Initiation
    outcome: Outcome
    play: str
    decided_at: datetime
    expires_at: datetime
    invalidated_at: datetime | None


# Somebody was spoken to, or written to: what caps and distances count. Who did not answer was not disturbed.
REACHED = tuple(outcome for outcome in ContactOutcome if outcome is not ContactOutcome.NO_ANSWER)


def matched(decisions: Sequence[Asked], contact_id: int | None, at: datetime) -> tuple[Match, Asked | None]:
    """How a contact at this moment stands to the decisions taken before it, and which of them says so.

    The newest decision about this contact counts, else the newest one that named nobody. A decision that had lapsed by then
    allows nothing, whatever it said; it is named all the same.
    """
    before = [one for one in decisions if one.decided_at <= at and one.contact_id in (contact_id, None)]
    newest = max(before, key=lambda one: (one.contact_id == contact_id, one.decided_at, one.id), default=None)
    if newest is None:
        return Match.WITHOUT, None
    if at >= newest.expires_at or (newest.invalidated_at is not None and newest.invalidated_at <= at):
        return Match.WITHOUT, newest
    return (Match.VALID if allows(newest) else Match.AGAINST), newest


def allows(decision: Asked) -> bool:
    """Whether selling was all right under it: an offer, or the answer to what the customer asked for."""
    answers = decision.outcome is Outcome.RESPOND_ONLY and decision.initiation is Initiation.REQUESTED
    return bool(offers_permitted(decision.outcome)) or answers
