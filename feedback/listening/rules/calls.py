"""Whom to call with a survey: why somebody is on the list, and what stands against a call. Pure rules over facts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from feedback.permission.rules import NOTHING_RECORDED, Consent, ConsentAction, ConsentFact, SuppressionReason

AGAIN_AFTER = timedelta(hours=20)  # nobody picked up: not twice on one day, but at another hour of the next one


class WhyCall(StrEnum):
    """Why mail alone does not get this person's answer."""

    SILENT = "silent"  # asked, no answer
    DEAD_ADDRESS = "dead_address"
    REFUSED_MAIL = "refused_mail"  # the last mail did not arrive, though the address may be good
    NO_ADDRESS = "no_address"
    NO_PERMISSION = "no_permission"  # a wave left them out: no consent to mails is recorded


class NoCall(StrEnum):
    """What stands against a call; of several the first in this order is named."""

    OBJECTED = "objected"
    REFUSED = "refused"  # said no to being asked by phone
    STOP_LIST = "stop_list"  # unsubscribed, complained or put there by hand
    REFUSED_MAILS = "refused_mails"  # does not want to be asked by mail: a call would go round that
    RESTING = "resting"  # asked to be left alone until a day
    NO_PHONE = "no_phone"
    TRIED = "tried"  # nobody picked up a few hours ago
    EARLY = "early"  # the last mail is so young that it may still be answered


class CallGroup(StrEnum):
    """What is to be done about somebody on the list."""

    CALL = "call"
    LATER = "later"
    FIND_NUMBER = "find_number"
    LEAVE = "leave"


GROUP_OF = {
    None: CallGroup.CALL,
    NoCall.RESTING: CallGroup.LATER,
    NoCall.TRIED: CallGroup.LATER,
    NoCall.EARLY: CallGroup.LATER,
    NoCall.NO_PHONE: CallGroup.FIND_NUMBER,
    NoCall.OBJECTED: CallGroup.LEAVE,
    NoCall.REFUSED: CallGroup.LEAVE,
    NoCall.STOP_LIST: CallGroup.LEAVE,
    NoCall.REFUSED_MAILS: CallGroup.LEAVE,
}


@dataclass(frozen=True, slots=True)
class Callee:
    """What is known of somebody at the moment of the question.

    `by_phone`, `by_mail`: what they said about being asked for feedback that way. `mailed_at`: the last mail that may still be
    answered; None when nothing waits. `rests_until`: the last day of a rest. `missed_at`: when nobody picked up last.
    """

    phone: str | None = None
    by_phone: ConsentFact = NOTHING_RECORDED
    by_mail: ConsentFact = NOTHING_RECORDED
    suppressed: SuppressionReason | None = None
    rests_until: date | None = None
    missed_at: datetime | None = None
    mailed_at: datetime | None = None


def reason_not_to_call(one: Callee, now: datetime, *, patience: timedelta) -> NoCall | None:
    """What stands against calling this person now; None when nothing does.

    An address that is dead is no wish of its person. `patience`: so long a mail is given to be answered.
    """
    unwanted = one.suppressed is not None and one.suppressed is not SuppressionReason.HARD_BOUNCE
    checks = (
        (NoCall.OBJECTED, one.by_phone.action is ConsentAction.OBJECTED),
        (NoCall.REFUSED, one.by_phone.state is Consent.REFUSED),
        (NoCall.STOP_LIST, unwanted),
        # who said yes to calls may be called, whatever they think of mails
        (NoCall.REFUSED_MAILS, one.by_mail.state is Consent.REFUSED and one.by_phone.state is not Consent.ALLOWED),
        (NoCall.RESTING, one.rests_until is not None and one.rests_until >= now.date()),
        (NoCall.NO_PHONE, not (one.phone or "").strip()),
        (NoCall.TRIED, one.missed_at is not None and one.missed_at > now - AGAIN_AFTER),
        (NoCall.EARLY, one.mailed_at is not None and one.mailed_at > now - patience),
    )
    return next((reason for reason, holds in checks if holds), None)
