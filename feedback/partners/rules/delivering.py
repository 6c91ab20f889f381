"""When a webhook is tried again, what an answer means, and when we give it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

# After the first try, which is made at once. Together about a day; each is drawn from ±20 %, so that what failed together
# does not come back together.
WAITS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=6),
    timedelta(hours=10),
)
SPREAD = 0.2
LONGEST_WAIT = timedelta(days=1)
FAILS_FOR = timedelta(days=3)  # then it is switched off
KEPT_SECRET = timedelta(hours=24)  # so long we sign with the secret before, too


class DeliveryState(StrEnum):
    """How far one piece of news came on its way to one webhook."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class HookState(StrEnum):
    """Whether a webhook is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"  # by an administrator
    OFF = "off"  # by us: it failed for days, or says that it is gone


class OffReason(StrEnum):
    """Why we switched a webhook off."""

    GONE = "gone"
    FAILING = "failing"


class Verdict(StrEnum):
    """What an answer means."""

    TAKEN = "taken"
    AGAIN = "again"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Came:
    """What came back, or why nothing did."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    error: str | None
    took_ms: int


def judge(status: int | None) -> Verdict:
    """2xx took it, 410 wants no more of it; everything else, a redirection too, is tried again."""
    if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.TAKEN
    return Verdict.GONE if status == HTTPStatus.GONE else Verdict.AGAIN


def wait_after(attempt: int, chance: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after the failed attempt of this number (from 1); None when it is given up.

    Args:
        chance: 0…1, where in the spread.
        asked: what the other side asks for (`Retry-After`); we never come earlier.
    """
    if attempt > len(WAITS):
        return None
    wait = WAITS[attempt - 1] * (1 - SPREAD + 2 * SPREAD * chance)
    return min(max(wait, asked or wait), LONGEST_WAIT)


def asked_wait(text: str, now: datetime) -> timedelta | None:
    """`Retry-After`, in seconds or as a date; None where it says nothing of use."""
    said = text.strip()
    if said.isascii() and said.isdecimal():
        return timedelta(seconds=min(int(said[:9]), 86_400))
    try:
        wait = parsedate_to_datetime(said) - now
    except (TypeError, ValueError):
        return None
    return wait if wait > timedelta(0) else None


def has_failed_for_long(failing_since: datetime | None, now: datetime) -> bool:
    """Whether nothing was taken for so long that we stop trying."""
    return failing_since is not None and now - failing_since >= FAILS_FOR
