"""What followed a sales contact, and where the effort of selling went. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

FOLLOWED_FOR = timedelta(days=30)
FEWEST = 10  # sales contacts from which a share is said; below it the counts alone


class Consequence(StrEnum):
    """What a customer may do after somebody sold to them, the gravest last."""

    COMPLAINT = "complaint"  # a complaint, or an answer that opened an issue
    OPT_OUT = "opt_out"  # offers refused, withdrawn or objected to
    LOSS = "loss"  # the account was closed


class Sign(NamedTuple):
    """Something a customer did; `contact_id` is who did it, where that matters."""

    kind: Consequence
    at: datetime
    contact_id: int | None = None


class Followed(NamedTuple):
    """The first sign of each kind within 30 days; `open`: these days are not over."""

    signs: tuple[Sign, ...]
    open: bool

    @property
    def kinds(self) -> frozenset[Consequence]:
        """Without their days."""
        return frozenset(sign.kind for sign in self.signs)


def what_followed(at: datetime, contact_id: int | None, signs: Iterable[Sign], *, now: datetime) -> Followed:
    """What the customer did in the 30 days from a sales contact on, the first of each kind, in the order of their days.

    A complaint and a loss are the account's. An opt-out counts for whoever was approached; of everybody at the account where
    nobody noted who that was.
    """
    first: dict[Consequence, Sign] = {}
    for sign in sorted(signs, key=lambda one: (one.at, one.kind)):
        theirs = sign.kind is not Consequence.OPT_OUT or contact_id is None or sign.contact_id == contact_id
        if theirs and _within(at, sign):
            first.setdefault(sign.kind, sign)
    return Followed(tuple(first.values()), now < at + FOLLOWED_FOR)


def _within(at: datetime, sign: Sign) -> bool:
    """Of the end of an account only the day is known."""
    if sign.kind is Consequence.LOSS:
        return at.date() <= sign.at.date() <= (at + FOLLOWED_FOR).date()
    return at <= sign.at <= at + FOLLOWED_FOR


class Group(StrEnum):
    """Where an account stood when the gate was asked: the quadrants, what is unknown, and those nobody asked about."""

    PROMOTER_LOW = "promoter_low"  # the upsell group
    PROMOTER_HIGH = "promoter_high"
    DETRACTOR_LOW = "detractor_low"
    DETRACTOR_HIGH = "detractor_high"
    PASSIVE = "passive"
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"


UPSELL_GROUP = Group.PROMOTER_LOW


def group_of(advocacy: str | None, share: str | None) -> Group:
    """The quadrant of an account by its advocacy and our share; None: the gate was not asked."""
    if advocacy is None:
        return Group.NOT_ASKED
    if advocacy == "passive":
        return Group.PASSIVE
    name = f"{advocacy}_{share}"
    return Group(name) if name in set(Group) else Group.UNKNOWN


def why_screened_out(reasons: Sequence[str]) -> str:
    """The reason that stands for a play in a count: the first."""
    return reasons[0] if reasons else "other"
