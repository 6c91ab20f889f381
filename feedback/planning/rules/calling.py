"""In which order to call: how much an account is worth, times how good the reason is to call it just today."""

from collections.abc import Collection
from enum import StrEnum
from math import log1p


class WhyNow(StrEnum):
    """Why today, the best reason first."""

    ASKED_FOR_TODAY = "asked_for_today"  # the "not now" of the person has ended
    FIX_CONFIRMED = "fix_confirmed"  # the gate opened: the customer says that it is solved
    TOLD_OVER = "told_over"  # the gate opened: a disruption is over and they were told
    CONSENT_GIVEN = "consent_given"  # the gate opened: the person said yes to offers
    PLAY_ACCEPTED = "play_accepted"  # a suggestion to sell went through the screening
    INTENT_DUE = "intent_due"  # the plan meant to sell by about now
    REVIEW_DUE = "review_due"  # a review of the plan is near, or was missed
    RENEWAL_NEAR = "renewal_near"
    FRESH_ANSWER = "fresh_answer"
    OPEN = "open"  # nothing new, and nothing against it


WEIGHTS = {
    WhyNow.ASKED_FOR_TODAY: 5.0,
    WhyNow.FIX_CONFIRMED: 5.0,
    WhyNow.TOLD_OVER: 4.5,
    WhyNow.CONSENT_GIVEN: 4.5,
    WhyNow.PLAY_ACCEPTED: 4.0,
    WhyNow.INTENT_DUE: 4.0,
    WhyNow.REVIEW_DUE: 3.0,
    WhyNow.RENEWAL_NEAR: 3.0,
    WhyNow.FRESH_ANSWER: 2.0,
    WhyNow.OPEN: 1.0,
}
_TIERS = {"A": 1.0, "B": 0.6, "C": 0.3}


def value_of(tier: str, revenue: float | None, most: float) -> float:
    """Worth of an account, 0…1: half its tier, half its revenue on a logarithmic scale beside the largest one of the list."""
    size = log1p(max(revenue or 0.0, 0.0)) / log1p(most) if most > 0 else 0.0
    return 0.5 * _TIERS.get(tier, 0.3) + 0.5 * min(size, 1.0)


def call_score(value: float, reasons: Collection[WhyNow]) -> float:
    """Value times the weight of the best reason; further reasons add a tenth of theirs."""
    weights = sorted((WEIGHTS[reason] for reason in reasons), reverse=True) or [WEIGHTS[WhyNow.OPEN]]
    return value * (weights[0] + 0.1 * sum(weights[1:]))


def is_near(days: int, *, within: int, missed: int = 0) -> bool:
    """Whether a day so many days ahead (negative: passed) is a reason to call."""
    return -missed <= days <= within
