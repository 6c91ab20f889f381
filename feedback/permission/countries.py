"""The countries' policies: proposed, agreed to by a second person where they loosen anything, and never changed after that."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.accounts.models import Account
from feedback.audit import service as audit
from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from feedback.permission.events import CountryPolicyChanged
from feedback.permission.grounds import EVERYWHERE, PolicyRow, is_looser, terms_in
from feedback.permission.models import CountryPolicy, Notice
from feedback.permission.rules import Channel, LawfulStance, Purpose


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """What is proposed; `country` is "*" for everywhere, `channel` None for all, `effective_at` None for at once."""

    country: str
    purpose: Purpose
    stance: LawfulStance
    reason: str
    channel: Channel | None = None
    max_age_days: int | None = None
    notice_id: int | None = None
    effective_at: datetime | None = None


def propose_policy(draft: PolicyDraft, *, actor: str) -> CountryPolicy:
    """Put a row forward. What only tightens holds at once; what loosens anything waits for a second person.

    Raises:
        InvalidInput: a legitimate interest without the notice that tells people of it, or with that of another purpose.
    """
    _check_notice(draft)
    now = clock.now()
    values = asdict(draft) | {"effective_at": max(draft.effective_at or now, now)}
    policy = CountryPolicy(**values, proposed_by=actor, proposed_at=now)
    db.session.add(policy)
    db.session.flush()
    audit.record(actor, "country_policy.proposed", "country_policy", policy.id, **_told(policy))
    if not _loosens(policy):
        _approve(policy, actor)
    return policy


def _check_notice(draft: PolicyDraft) -> None:
    notice = db.session.get(Notice, draft.notice_id) if draft.notice_id is not None else None
    if draft.notice_id is not None and (notice is None or notice.purpose is not draft.purpose):
        raise InvalidInput({"notice_id": [_("This is no notice about this purpose.")]})
    if draft.stance is LawfulStance.LEGITIMATE_INTEREST and notice is None:
        raise InvalidInput({"notice_id": [_("A legitimate interest needs the notice that tells people of it.")]})


def decide_policy(policy_id: int, *, approve: bool, actor: str) -> CountryPolicy:
    """Agree to a proposal of somebody else, or turn it down; who made it may take it back.

    Raises:
        NotFound: there is none.
        Conflict: it is decided already.
        Forbidden: nobody agrees to their own proposal.
    """
    policy = db.session.get(CountryPolicy, policy_id, populate_existing=True)
    if policy is None:
        raise NotFound
    if policy.approved_at or policy.declined_at:
        raise Conflict(_("This proposal has been decided already."))
    if not approve:
        policy.declined_by, policy.declined_at = actor, clock.now()
        db.session.flush()
        audit.record(actor, "country_policy.declined", "country_policy", policy.id, **_told(policy))
        return policy
    if policy.proposed_by == actor:
        raise Forbidden(_("Somebody else has to agree: this proposal allows more than before."))
    _approve(policy, actor)
    return policy


def _approve(policy: CountryPolicy, actor: str) -> None:
    policy.approved_by, policy.approved_at = actor, clock.now()
    db.session.flush()
    audit.record(actor, "country_policy.approved", "country_policy", policy.id, **_told(policy))
    events.publish(CountryPolicyChanged(policy.id, tuple(_accounts_in(policy.country))))


def _accounts_in(country: str) -> Iterable[int]:
    query = sa.select(Account.id)
    return db.session.scalars(query if country == EVERYWHERE else query.where(Account.country == country))


def _told(policy: CountryPolicy) -> dict[str, object]:
    channel = policy.channel.value if policy.channel else None
    return {"country": policy.country, "purpose": policy.purpose.value, "channel": channel, "stance": policy.stance.value}


def _loosens(policy: CountryPolicy) -> bool:
    """Whether anywhere, on any channel, more would be allowed than without it."""
    channels = [policy.channel] if policy.channel else list(Channel)
    approved = _rows_about(policy.purpose)
    own = PolicyRow(
        policy.id, policy.country, policy.channel, policy.stance, policy.max_age_days, policy.notice_id, policy.effective_at
    )
    countries = {policy.country, *(row.country for row in approved)} if policy.country == EVERYWHERE else {policy.country}
    for channel in channels:
        before = [row for row in approved if row.channel in (None, channel)]
        for country in countries:
            standing = terms_in(country, before, policy.effective_at)
            if is_looser(terms_in(country, [*before, own], policy.effective_at), standing):
                return True
    return False


def _rows_about(purpose: Purpose) -> list[PolicyRow]:
    found = CountryPolicy
    columns = (found.id, found.country, found.channel, found.stance, found.max_age_days, found.notice_id, found.effective_at)
    query = sa.select(*columns).where(found.purpose == purpose, found.approved_at.is_not(None))
    return [PolicyRow(*row) for row in db.session.execute(query)]


def list_policies() -> Sequence[CountryPolicy]:
    """Every row: what waits for a second person, what holds, what held; the newest first."""
    return db.session.scalars(sa.select(CountryPolicy).order_by(CountryPolicy.id.desc())).all()


def standing_ids(now: datetime) -> frozenset[int]:
    """Which rows hold now: of each country, purpose and channel the newest that has become effective."""
    found: dict[tuple[str, Purpose, Channel | None], tuple[datetime, int]] = {}
    for policy in list_policies():
        if policy.approved_at and policy.effective_at <= now:
            key = (policy.country, policy.purpose, policy.channel)
            found[key] = max(found.get(key, (policy.effective_at, 0)), (policy.effective_at, policy.id))
    return frozenset(id_ for _at, id_ in found.values())
