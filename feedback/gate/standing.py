"""The standing of accounts: computed at read time from few indexed statements, never stored, explained on demand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.gate import disrupted, queries, wording
from feedback.gate.advocacy import RollUp, roll_up
from feedback.gate.colleagues import Holder
from feedback.gate.contacts.queries import Approach, recent_approaches
from feedback.gate.limits import Limits, current_limits
from feedback.gate.overriding.live import LiveOverride, live_overrides
from feedback.gate.queries import Person
from feedback.gate.rules import Advocacy, IssueBand, Play, ShareOfWallet, Stance
from feedback.gate.rulesets import Ruleset
from feedback.gate.told import NAMES_EVERY_ISSUE, told_reasons
from feedback.gate.wallet import Wallet, share_of_wallet
from feedback.issues.queries import NO_ISSUES, IssueFact, OpenIssue, issue_facts
from feedback.issues.rules import IssueStanding
from feedback.kernel.bulk import in_list
from feedback.kernel.errors import NotFound
from feedback.kernel.prepared import Prepared
from feedback.outer_loop.queries.holding import Hold, holds_of


class AccountRow(NamedTuple):
    """What the gate needs of the account itself."""

    id: int
    external_id: str
    name: str
    time_zone: str | None
    annual_revenue: float | None
    currency: str | None
    region: str | None
    country: str | None


_account = Account.__table__.c
ACCOUNT_COLUMNS = (
    _account.id,
    _account.external_id,
    _account.name,
    _account.time_zone,
    _account.annual_revenue,
    _account.currency,
    _account.region,
    _account.country,
)
_ACCOUNTS = Prepared(sa.select(*ACCOUNT_COLUMNS).where(in_list(_account.id, "ids")))


@dataclass(slots=True)
class AccountFacts:
    """Everything about one account from which standing and decisions follow."""

    account: AccountRow
    people: Sequence[Person]
    roll: RollUp
    wallet: Wallet
    issues: IssueFact
    verified: dict[int, datetime]
    holds: Sequence[Hold] = ()  # disruptions that hold selling, or will
    issue_band: IssueBand = IssueBand.NONE  # the worst of issues and disruptions
    approaches: Sequence[Approach] = ()  # by whom its people were approached to sell lately
    overrides: Sequence[LiveOverride] = ()  # exceptions that somebody granted
    holders: Sequence[Holder] = ()  # who here may approach it already; read for decisions only


def facts_of(accounts: Sequence[AccountRow], now: datetime, limits: Limits) -> dict[int, AccountFacts]:
    """The facts of these accounts, in a constant number of statements."""
    ids, connection = [account.id for account in accounts], db.session.connection()
    people = queries.people_of(connection, ids, now)
    verified = queries.verified_voices(connection, ids)
    wallets = _wallets(connection, accounts, now, limits)
    issues, holds = issue_facts(ids, now), holds_of(connection, ids)
    approaches = recent_approaches(connection, ids, now - limits.timing.window)
    overrides = live_overrides(connection, ids, now)
    found = {}
    for account in accounts:
        here, keys = people.get(account.id, []), verified.get(account.id, {})
        roll = roll_up([person.buyer for person in here], now, limits.validity, keys)
        fact, disruptions = issues.get(account.id, NO_ISSUES), holds.get(account.id, ())
        band = disrupted.worst_band(fact.state, disruptions, now)
        approached = approaches.get(account.id, ())
        found[account.id] = AccountFacts(
            *(account, here, roll, wallets[account.id], fact, keys, disruptions, band, approached),
            overrides=overrides.get(account.id, ()),
        )
    return found


def _wallets(connection: sa.Connection, accounts: Sequence[AccountRow], now: datetime, limits: Limits) -> dict[int, Wallet]:
    today = now.date()
    estimates = queries.estimates_of(connection, [account.id for account in accounts], today)
    without_our_part = [id_ for id_, latest in estimates.items() if any(estimate.ours is None for estimate in latest)]
    spend = queries.spend_of_12_months(connection, without_our_part, today, limits.exchange) if without_our_part else {}
    return {
        account.id: share_of_wallet(
            estimates.get(account.id, ()),
            spend_12_months=spend.get(account.id),
            annual_revenue=limits.exchange.converted(account.annual_revenue, account.currency),
            today=today,
            limits=limits.wallet,
        )
        for account in accounts
    }


@dataclass
class Standing:
    """How an account stands to us, and what follows. Sentences are written when they are asked for, in the viewer's language."""

    facts: AccountFacts
    play: Play
    stance: Stance
    row: str
    reason_codes: tuple[str, ...]
    computed_at: datetime

    @property
    def account_id(self) -> int:
        """Whose standing it is."""
        return self.facts.account.id

    @property
    def advocacy(self) -> Advocacy:
        """The account's band, holds included."""
        return self.facts.roll.advocacy

    @property
    def advocacy_index(self) -> float | None:
        """A in −100…100; None without a valid answer."""
        return self.facts.roll.index

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """A if every silent contact were a detractor, or a promoter."""
        return self.facts.roll.low, self.facts.roll.high

    @property
    def coverage(self) -> float:
        """How much of the buying circle was heard, 0…1."""
        return self.facts.roll.coverage

    @property
    def split(self) -> bool:
        """Whether promoters and detractors are both at 20 % or more."""
        return self.facts.roll.split

    @property
    def n(self) -> int:
        """Number of answers behind the index."""
        return len(self.facts.roll.counted)

    @property
    def known(self) -> int:
        """Number of contacts with a role."""
        return self.facts.roll.known

    @property
    def newest_answer_at(self) -> datetime | None:
        """When the newest answer behind the index was given."""
        return self.facts.roll.newest

    @property
    def share_of_wallet(self) -> ShareOfWallet:
        """The band of the share."""
        return self.facts.wallet.band

    @property
    def share(self) -> float | None:
        """Our part of what the account spends; None when it cannot be said."""
        return self.facts.wallet.share

    @property
    def issues(self) -> IssueBand:
        """The worst issue or disruption."""
        return self.facts.issue_band

    @cached_property
    def next_review_at(self) -> datetime | None:
        """When the standing changes without anybody doing anything: feedback, estimate or clock run out."""
        return min((at for at in changes_at(self.facts) if at > self.computed_at), default=None)

    @cached_property
    def reasons(self) -> list[wording.Reason]:
        """Why this play, as sentences with evidence."""
        return wording.reasons(self.reason_codes, self._evidence, self._names)

    @cached_property
    def held_back(self) -> str | None:
        """The sentence for an account that somebody's last word holds back; None where silence or an index decides."""
        return wording.held_back(self._evidence, self._names)

    @cached_property
    def must_change(self) -> list[wording.Change]:
        """What has to change first, who is on it and until when; empty when nothing stands in the way."""
        return wording.must_change(self._evidence, self._names)

    @cached_property
    def _evidence(self) -> dict[str, Any]:
        return account_evidence(self.facts, self.computed_at)

    @cached_property
    def _names(self) -> wording.Names:
        return names_of([self.facts])


def names_of(facts: Sequence[AccountFacts]) -> wording.Names:
    """The names that sentences about these facts need."""
    people = {person.buyer.contact_id: person.name or person.external_id for one in facts for person in one.people}
    owners = {issue.id: issue.owner for one in facts for issue in one.issues.issues}
    disruptions = {hold.id: hold.title for one in facts for hold in one.holds}
    staff = {one.user_id: one.user for each in facts for one in each.approaches if one.user_id and one.user}
    staff |= {one.approver_id: one.approver for each in facts for one in each.overrides}
    staff |= {one.user_id: one.name for each in facts for one in each.holders if one.name}
    return wording.Names(people, owners, disruptions, staff)


def changes_at(facts: AccountFacts) -> list[datetime]:
    """The moments at which an input of the account is known to change by itself."""
    moments = [facts.roll.changes_at, *_clock_moments(facts.issues), *disrupted.moments(facts.holds)]
    if facts.wallet.changes_on:
        moments.append(datetime.combine(facts.wallet.changes_on, time(), UTC))
    return [moment for moment in moments if moment is not None]


def _clock_moments(issues: IssueFact) -> list[datetime | None]:
    # a clock that runs out raises a minor issue to a major one; on the others it changes nothing
    return [issue.next_due_at for issue in issues.issues if issue.standing is IssueStanding.MINOR_OPEN]


_SHOWN = 5  # evidence names the answers and issues that decided, not each of thousands


def account_evidence(facts: AccountFacts, now: datetime) -> dict[str, Any]:
    """What decided, as JSON without names: it is kept with a decision, and names may have to be erased."""
    roll, wallet = facts.roll, facts.wallet
    counted = sorted(roll.counted, key=lambda one: (one[1].score >= 7, one[0], one[1].score, one[1].id))
    if roll.advocacy == Advocacy.PROMOTER:
        counted = sorted(roll.counted, key=lambda one: (one[1].score < 9, one[0], -one[1].id))
    roles = {person.buyer.contact_id: person.buyer.role for person in facts.people}
    return {
        "advocacy": {
            "because": roll.because.value,
            "index": None if roll.index is None else round(roll.index, 2) + 0.0,
            "n": len(roll.counted),
            "known": roll.known,
            "answers": [_answer_data(contact_id, role, answer) for role, answer, contact_id in counted[:_SHOWN]],
            "holding": [_answer_data(contact_id, roles[contact_id], answer) for contact_id, answer in roll.holding[:_SHOWN]],
        },
        "wallet": {
            "because": wallet.because.value,
            "share": None if wallet.share is None else round(wallet.share, 4) + 0.0,
            "estimates": list(wallet.estimate_ids[:_SHOWN]),
            "as_of": wallet.as_of.isoformat() if wallet.as_of else None,
            "from_peers": wallet.from_peers,
        },
        "issues": [_issue_data(issue, now) for issue in facts.issues.issues[:_SHOWN]],
        **disrupted.evidence(facts.holds, now),
        "told": NAMES_EVERY_ISSUE,
    }


def _issue_data(issue: OpenIssue, now: datetime) -> dict[str, Any]:
    return {
        "id": issue.id,
        "number": issue.number,
        "state": issue.state.value,
        "severity": issue.severity.value,
        "standing": issue.standing.value,
        "due": issue.next_due_at.isoformat() if issue.next_due_at else None,
        "overdue": issue.next_due_at is not None and issue.next_due_at < now,
        "fix_due": issue.fix_due_at.isoformat(),
        "fix_planned": issue.fix_planned,
    }


def _answer_data(contact_id: int, role: int, answer: Any) -> dict[str, Any]:
    return {"id": answer.id, "contact_id": contact_id, "role": role, "score": answer.score, "at": answer.at.isoformat()}


def accounts_by_id(account_ids: Collection[int]) -> list[AccountRow]:
    """What the gate needs of these accounts themselves."""
    return [AccountRow._make(row) for row in _ACCOUNTS.rows(db.session.connection(), {"ids": account_ids})]


def standings(account_ids: Collection[int], now: datetime) -> dict[int, Standing]:
    """The standing of each of these accounts; the caller has already applied the viewer's scope."""
    limits = current_limits()
    facts = facts_of(accounts_by_id(account_ids), now, limits)
    return {account_id: _standing(one, now, limits.rules) for account_id, one in facts.items()}


def standing_of(account_id: int, now: datetime) -> Standing:
    """The standing of one account.

    Raises:
        NotFound: there is no such account.
    """
    found = standings([account_id], now)
    if account_id not in found:
        raise NotFound
    return found[account_id]


def _standing(facts: AccountFacts, now: datetime, rules: Ruleset) -> Standing:
    ruling = rules.ruling(facts.roll.advocacy, facts.wallet.band, facts.issue_band)
    if facts.holds or facts.issues.issues:
        ruling = ruling._replace(reasons=told_reasons(ruling.reasons, account_evidence(facts, now)))
    return Standing(facts, *ruling, now)
