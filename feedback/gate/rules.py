"""The words of the gate: inputs, plays, stances, outcomes, and what each outcome permits."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from feedback.permission.rules import Consent


class Advocacy(StrEnum):
    """How an account, or one contact of it, stands to us; silence is a state of its own, never a passive."""

    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"
    UNKNOWN = "unknown"


class ShareOfWallet(StrEnum):
    """Our part of what the account spends; not knowing is not the same as low."""

    LOW = "low"
    HIGH = "high"
    UNKNOWN = "unknown"


class IssueBand(StrEnum):
    """The worst of an account's issues."""

    NONE = "none"
    MINOR_OPEN = "minor_open"
    FIXED_UNVERIFIED = "fixed_unverified"
    MAJOR_OPEN = "major_open"


class Timing(StrEnum):
    """Whether this is a moment at which the contact wants to hear from us."""

    OPEN = "open"
    DEFERRED = "deferred"


class Initiation(StrEnum):
    """Who started the conversation, and whether the need behind it is solved."""

    OUTBOUND = "outbound"
    INBOUND_SERVED = "inbound_served"
    INBOUND_UNSERVED = "inbound_unserved"
    REQUESTED = "requested"


class Intent(StrEnum):
    """What kind of sale is meant."""

    NEW_SALE = "new_sale"
    CROSS_SELL = "cross_sell"
    UPSELL = "upsell"


class Stance(StrEnum):
    """What the relationship allows (table R)."""

    ALLOW = "allow"
    LIMITED = "limited"
    REACTIVE = "reactive"
    HOLD = "hold"


class PermissionStance(StrEnum):
    """What permission and moment allow (table P)."""

    OK = "ok"
    ASK_CONSENT = "ask_consent"
    DEFER = "defer"
    SERVE_FIRST = "serve_first"
    RESPOND_ONLY = "respond_only"
    BLOCK = "block"


class Play(StrEnum):
    """What to do with the account, whether or not it may be sold to."""

    RECOVER_NOW = "recover_now"
    FIX_BASICS = "fix_basics"
    FIX_FIRST = "fix_first"
    VERIFY_FIX = "verify_fix"
    SURVEY_FIRST = "survey_first"
    NURTURE = "nurture"
    PROTECT = "protect"
    PROTECT_AND_REFER = "protect_and_refer"
    QUALIFY_WALLET = "qualify_wallet"
    UPSELL = "upsell"
    UPSELL_WITH_BRIEFING = "upsell_with_briefing"


class Outcome(StrEnum):
    """The answer to "may we sell?"."""

    ALLOW = "allow"
    ALLOW_LIMITED = "allow_limited"
    ASK_CONSENT = "ask_consent"
    LEARN_ONLY = "learn_only"
    DEFER = "defer"
    RESPOND_ONLY = "respond_only"
    SERVE_FIRST = "serve_first"
    HOLD = "hold"
    BLOCK = "block"


class GateInputs(NamedTuple):
    """One cell of the 4 × 3 × 4 × 3 × 2 × 4 input space."""

    advocacy: Advocacy
    share_of_wallet: ShareOfWallet
    issues: IssueBand
    consent: Consent
    timing: Timing
    initiation: Initiation

    @classmethod
    def from_data(cls, stored: Mapping[str, str]) -> "GateInputs":
        """The inputs as a decision stores them.

        Raises:
            KeyError, ValueError: one is missing, or no such value.
        """
        return cls._make(kind(stored[name]) for name, kind in INPUT_KINDS.items())


INPUT_KINDS: dict[str, type[StrEnum]] = {
    "advocacy": Advocacy,
    "share_of_wallet": ShareOfWallet,
    "issues": IssueBand,
    "consent": Consent,
    "timing": Timing,
    "initiation": Initiation,
}

OFFERS_PERMITTED = {Outcome.ALLOW: 3, Outcome.ALLOW_LIMITED: 1}


def offers_permitted(outcome: Outcome) -> int:
    """How many offers the person may make under this outcome."""
    return OFFERS_PERMITTED.get(outcome, 0)
