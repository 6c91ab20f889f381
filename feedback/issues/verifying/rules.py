"""When an issue is verified: every person behind it who is still there has said that it is solved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from feedback.issues.rules.enums import IssueState


class Verdict(StrEnum):
    """Is it solved?"""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Way(StrEnum):
    """How somebody was asked, or answered."""

    MAIL = "mail"
    CALL = "call"
    PULSE = "pulse"


# What somebody says about a fix counts in these states; afterwards it belongs to another fix.
OPEN_TO_WORDS = (IssueState.FIXED, IssueState.VERIFIED, IssueState.CLOSED, IssueState.CLOSED_UNVERIFIED)
# A score of a recovery pulse that says "it is solved", as the fresh score that turns the second key does.
SOLVED_FROM = 7
# Who does not pick up at nine may at four, or tomorrow: tries within a day say little about whether somebody wants to answer.
HASTE = timedelta(days=1)


@dataclass(frozen=True)
class VoiceFact:
    """A person behind an issue, and the newest thing they said about the present fix."""

    contact_id: int
    there: bool  # has a role at the account; who left it is not waited for
    verdict: Verdict | None = None
    waived: bool = False  # somebody said why nobody has to answer them


def waiting_for(voices: Iterable[VoiceFact]) -> list[int]:
    """Who still has to say that it is solved."""
    return [voice.contact_id for voice in voices if voice.there and not voice.waived and voice.verdict is not Verdict.YES]


def is_refusal(verdict: Verdict) -> bool:
    """Whether the issue has to be opened again: "partly" is not solved either, and says what is left."""
    return verdict is not Verdict.YES


def verdict_of_score(score: int) -> Verdict:
    """What the score of a recovery pulse says about the fix."""
    return Verdict.YES if score >= SOLVED_FROM else Verdict.NO


def tried_over(moments: Iterable[datetime]) -> timedelta:
    """The time between the first and the last try; none for less than two."""
    tried = sorted(moments)
    return tried[-1] - tried[0] if tried else timedelta()


def attempts_at(waiting: Iterable[int], attempts: Mapping[int | None, int]) -> int:
    """How often we have tried, as the least of all who have not said yes: three mails to one of two are no try at the other.

    Args:
        attempts: by contact; those at nobody in particular (None) count for everybody.
    """
    at_all = attempts.get(None, 0)
    people = list(waiting)
    if not people:
        return sum(attempts.values())
    return min(attempts.get(contact_id, 0) for contact_id in people) + at_all
