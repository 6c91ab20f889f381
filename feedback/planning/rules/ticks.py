"""Whether what must change has changed: read from the evidence each time, never kept, so that it also unticks itself."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

QUIET = timedelta(days=90)  # a defect that nobody named for so long is not named any more


class Tick(NamedTuple):
    """Whether it is so, why (a code that becomes a sentence), and since when, as far as that is known."""

    met: bool
    code: str
    at: datetime | None = None
    score: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class IssueSeen:
    """An issue as its row says; `holds` is whether the gate still counts it against the account."""

    solved: bool  # verified by the customer, or closed after that
    closed: bool
    unverified: bool  # closed without the customer's word
    holds: bool
    fixed_at: datetime | None = None
    verified_at: datetime | None = None
    closed_at: datetime | None = None
    withdrawn_at: datetime | None = None
    reopened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DefectSeen:
    """What this account says of a defect: open issues about it, and when it was named or settled last."""

    open_issues: int
    named_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisruptionSeen:
    """A disruption at this account; `affected` is whether it ever was."""

    affected: bool
    ends_at: datetime | None = None
    told_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Somebody's newest answer about the whole relationship, and whether they still have a role here."""

    here: bool
    score: int | None = None
    at: datetime | None = None
    left_at: datetime | None = None


def issue_tick(seen: IssueSeen) -> Tick:
    """Solved by the customer's word. Opened again, it is open again."""
    if seen.withdrawn_at is not None:
        return Tick(True, "issue_mistaken", seen.withdrawn_at)
    if seen.solved:
        return Tick(True, "issue_verified", seen.verified_at or seen.closed_at)
    if seen.closed and not seen.unverified:
        return Tick(True, "issue_closed", seen.closed_at)
    if seen.closed:
        return Tick(not seen.holds, "issue_unverified" if seen.holds else "issue_answered", seen.closed_at)
    if seen.fixed_at is not None:
        return Tick(False, "issue_fixed", seen.fixed_at)
    return Tick(False, "issue_reopened", seen.reopened_at) if seen.reopened_at else Tick(False, "issue_open")


def defect_tick(seen: DefectSeen, now: datetime) -> Tick:
    """No issue about it is open, and nobody of the account named it within 90 days."""
    if seen.open_issues:
        return Tick(False, "defect_open")
    if seen.named_at is not None and now - seen.named_at < QUIET:
        return Tick(False, "defect_named", seen.named_at)
    quiet = [at for at in (seen.named_at + QUIET if seen.named_at else None, seen.settled_at) if at is not None]
    return Tick(True, "defect_quiet", max(quiet, default=None), days=QUIET.days)


def disruption_tick(seen: DisruptionSeen, now: datetime) -> Tick:
    """Over, and the customer was told."""
    if seen.withdrawn_at is not None or not seen.affected:
        return Tick(True, "disruption_none", seen.withdrawn_at)
    if seen.told_at is not None:
        return Tick(True, "disruption_told", seen.told_at)
    over = seen.ends_at is not None and seen.ends_at <= now
    return Tick(False, "disruption_over" if over else "disruption_active", seen.ends_at)


def score_tick(seen: PersonSeen, least: int, valid_days: int, now: datetime) -> Tick:
    """The newest answer is good enough and still counts; who has left owes none."""
    if not seen.here:
        return Tick(True, "person_left", seen.left_at)
    if seen.score is None or seen.at is None:
        return Tick(False, "score_none")
    if seen.score < least:
        return Tick(False, "score_low", seen.at, seen.score)
    if now - seen.at > timedelta(days=valid_days):
        return Tick(False, "score_old", seen.at, seen.score)
    return Tick(True, "score_good", seen.at, seen.score)


def consent_tick(state: str, since: datetime | None, *, here: bool) -> Tick:
    """Offers are allowed on this channel; nobody else can allow it for somebody who left."""
    if not here:
        return Tick(False, "consent_left")
    return Tick(state == "allowed", f"consent_{state}", since)


def heard_tick(because: str, newest: datetime | None) -> Tick:
    """Enough of those who decide have said something that counts."""
    return Tick(because not in ("no_answer", "low_coverage"), "heard" if newest else "heard_nobody", newest)


def index_tick(index: float | None) -> Tick:
    """The account's advocacy is not below zero."""
    if index is None:
        return Tick(False, "index_none")
    return Tick(index >= 0, "index", score=round(index))


def wallet_tick(because: str, as_of: date | None) -> Tick:
    """Somebody estimated what the account spends, lately and surely enough."""
    if because == "share":
        return Tick(True, "wallet_known")
    return Tick(False, "wallet_none" if as_of is None else "wallet_old")
