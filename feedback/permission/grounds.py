"""What decides beside the contact's own words: the stop list and the countries' policies. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from feedback.permission.rules import (
    Channel,
    Consent,
    ConsentFact,
    LawfulStance,
    Statement,
    SuppressionReason,
    consent_of,
)

EVERYWHERE = "*"
_STRICTNESS = {LawfulStance.LEGITIMATE_INTEREST: 0, LawfulStance.CONSENT_REQUIRED: 1, LawfulStance.NEVER: 2}


class Listed(NamedTuple):
    """A standing entry of the stop list that concerns a contact."""

    id: int
    reason: SuppressionReason
    since: datetime
    until: datetime | None


class PolicyRow(NamedTuple):
    """A row of the countries' policies for one purpose, as it stands or will stand."""

    id: int
    country: str
    channel: Channel | None
    stance: LawfulStance
    max_age_days: int | None
    notice_id: int | None
    effective_at: datetime


class Terms(NamedTuple):
    """What the policies say about a contact now; `changes_at`: when they will say something else."""

    stance: LawfulStance = LawfulStance.CONSENT_REQUIRED
    max_age: timedelta | None = None
    policy_id: int | None = None
    notice_id: int | None = None
    country: str | None = None
    changes_at: datetime | None = None


NO_POLICY = Terms()


def terms_in(country: str | None, rows: Sequence[PolicyRow], now: datetime) -> Terms:
    """What holds in a country: its own rows before those for everywhere, a channel's before those for all channels.

    Args:
        rows: approved ones for one purpose, for the channel asked about or for all.
    """
    mine = [row for row in rows if row.country in (country, EVERYWHERE)]
    coming = min((row.effective_at for row in mine if row.effective_at > now), default=None)
    standing = [row for row in mine if row.effective_at <= now]
    row = max(standing, key=_precedence, default=None)
    if row is None:
        return Terms(changes_at=coming)
    age = timedelta(days=row.max_age_days) if row.max_age_days else None
    return Terms(row.stance, age, row.id, row.notice_id, row.country, coming)


def _precedence(row: PolicyRow) -> tuple[bool, bool, datetime, int]:
    return row.country != EVERYWHERE, row.channel is not None, row.effective_at, row.id


def strictest(terms: Iterable[Terms]) -> Terms:
    """Whoever speaks for accounts in several countries is protected as the strictest of them wants it."""
    found = sorted(terms, key=lambda one: (-_STRICTNESS[one.stance], one.policy_id or 0))
    if not found:
        return NO_POLICY
    ages = [one.max_age for one in found if one.max_age is not None]
    changes = [one.changes_at for one in found if one.changes_at is not None]
    return found[0]._replace(max_age=min(ages, default=None), changes_at=min(changes, default=None))


def is_looser(proposed: Terms, standing: Terms) -> bool:
    """Whether a proposal allows anything that is not allowed now: then a second person has to agree."""
    if _STRICTNESS[proposed.stance] < _STRICTNESS[standing.stance]:
        return True
    if standing.max_age is None:
        return False
    return proposed.max_age is None or proposed.max_age > standing.max_age


def permitted(statements: Iterable[Statement], listed: Listed | None, terms: Terms, now: datetime) -> ConsentFact:
    """What a contact allows for one purpose on one channel, everything considered.

    The contact's own no comes first, then the stop list, then the policy; a yes of the contact counts only where none of
    them says no, and a legitimate interest only where the contact has said nothing that still holds.
    """
    said = consent_of(statements, now, terms.max_age)
    if said.state is Consent.REFUSED or (listed is None and terms is NO_POLICY):
        return said
    if listed is not None:
        no = said._replace(state=Consent.REFUSED, listed=listed.id, reason=listed.reason, since=listed.since, expired_at=None)
        return no._replace(action=None, until=_first(listed.until, terms.changes_at))
    fact = said._replace(until=_first(said.until, terms.changes_at))
    if terms.stance is LawfulStance.NEVER:
        return fact._replace(state=Consent.REFUSED, action=None, policy_id=terms.policy_id, country=terms.country)
    if said.state is Consent.NOT_RECORDED and terms.stance is LawfulStance.LEGITIMATE_INTEREST:
        fact = fact._replace(policy_id=terms.policy_id, country=terms.country, notice_id=terms.notice_id)
        return fact._replace(state=Consent.ALLOWED, action=None)
    return fact


def _first(*moments: datetime | None) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


def worst(entries: Iterable[Listed]) -> Listed | None:
    """Of several standing entries the one that stands longest, the oldest of these."""
    return max(entries, key=lambda one: (one.until is None, one.until or one.since, -one.id), default=None)


def by_country(countries: Iterable[str | None], rows: Sequence[PolicyRow], now: datetime) -> Mapping[str | None, Terms]:
    """What holds in each of these countries, computed once each."""
    return {country: terms_in(country, rows, now) for country in {*countries}}
