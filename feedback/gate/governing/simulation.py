"""What a draft would change: the standing of every account today, decisions of the last 90 days, and sales of the past."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.evaluation import find_inputs, find_moment
from feedback.gate.limits import Limits, current_limits, with_policy
from feedback.gate.models import GateDecision
from feedback.gate.rules import INPUT_KINDS, GateInputs, Initiation, offers_permitted
from feedback.gate.rulesets import Ruleset
from feedback.gate.standing import AccountFacts, accounts_by_id, facts_of
from feedback.gate.tables import Tables, Verdict
from feedback.gate.timing import Approaching
from feedback.kernel import clock
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose
from feedback.uow import end_reading

LOOK_BACK = timedelta(days=90)
PAST_SALES = timedelta(days=365)
LISTED = 200  # of the accounts that change, those with the most revenue
PART = 1000
_JUDGED = (ContactOutcome.SOLD, ContactOutcome.LOST, ContactOutcome.DECLINED)


@dataclass
class _Tally:
    """What changes in one group: how many accounts open and close, and the revenue of each."""

    accounts: int = 0
    opens: int = 0
    closes: int = 0
    revenue_opened: float = 0.0
    revenue_closed: float = 0.0

    def add(self, direction: int, revenue: float) -> None:
        self.accounts += 1
        self.opens += direction > 0
        self.closes += direction < 0
        self.revenue_opened += revenue if direction > 0 else 0.0
        self.revenue_closed += revenue if direction < 0 else 0.0


@dataclass
class _Changes:
    """Everything that a draft changes about the accounts of today."""

    looked_at: int = 0
    total: _Tally = field(default_factory=_Tally)
    by: dict[str, dict[str, _Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(_Tally)))
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: dict[str, Any]) -> None:
        direction = line["offers_after"] - line["offers_before"]
        self.total.add(direction, line["revenue"])
        groups = {"play": f"{line['play_before']} → {line['play_after']}", "segment": line["segment"], "owner": line["owner"]}
        for name, value in groups.items():
            self.by[name][value or ""].add(direction, line["revenue"])
        self.listed.append(line)
        if len(self.listed) > 2 * LISTED:
            self._trim()

    def _trim(self) -> None:
        self.listed = sorted(self.listed, key=lambda line: (-line["revenue"], line["account_id"]))[:LISTED]

    def document(self) -> dict[str, Any]:
        self._trim()
        groups = {name: {value: vars(tally) for value, tally in found.items()} for name, found in self.by.items()}
        return {"accounts": self.looked_at, "changes": vars(self.total), "by": groups, "listed": self.listed}


def simulate(content: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a draft. It reads in parts and holds nothing up.

    Args:
        content: of the draft.
    """
    now, before = clock.now(), current_limits().at_any_hour()
    after = with_policy(before, Ruleset(Tables.from_data(content)), content["limits"]).at_any_hour()
    found = _Changes()
    for part in _parts():
        for line in _compare(part, before, after, now):
            found.looked_at += 1
            if line is not None:
                found.add(line)
        end_reading()
    return {
        "as_of": now.isoformat(),
        **found.document(),
        "decisions": _decided_again(after.rules, now),
        "sales": _back_test(before.rules, after.rules, now),
    }


def _parts() -> Iterator[list[int]]:
    ids = list(db.session.scalars(sa.select(Account.id).where(Account.status == AccountStatus.ACTIVE).order_by(Account.id)))
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def _compare(ids: Sequence[int], before: Limits, after: Limits, now: datetime) -> Iterator[dict[str, Any] | None]:
    rows = accounts_by_id(ids)
    first, second = facts_of(rows, now, before), facts_of(rows, now, after)
    people = [person.buyer.contact_id for one in first.values() for person in one.people]
    consents = consent_states(people, Purpose.OFFERS, Channel.PHONE)
    about = _about(ids)
    for account_id in first:
        old = _verdict(first[account_id], consents, before, now)
        new = _verdict(second[account_id], consents, after, now)
        yield None if (old.outcome, old.play) == (new.outcome, new.play) else _line(about[account_id], old, new, before)


def _verdict(facts: AccountFacts, consents: Mapping[int, ConsentFact], limits: Limits, now: datetime) -> Verdict:
    asked = Approaching(Channel.PHONE, Initiation.OUTBOUND, None, now)
    moment = find_moment(facts, None, consents, asked, limits)
    return limits.rules.decide(find_inputs(facts, moment, Initiation.OUTBOUND))


def _about(ids: Sequence[int]) -> dict[int, Any]:
    columns = (Account.id, Account.name, Account.segment, Account.annual_revenue, Account.currency, User.name.label("owner"))
    query = sa.select(*columns).outerjoin(User, User.id == Account.owner_id).where(Account.id.in_(ids))
    return {row.id: row for row in db.session.execute(query)}


def _line(row: Any, old: Verdict, new: Verdict, limits: Limits) -> dict[str, Any]:
    return {
        "account_id": row.id,
        "account": row.name,
        "segment": row.segment,
        "owner": row.owner,
        "revenue": limits.exchange.converted(row.annual_revenue, row.currency) or 0.0,
        "outcome_before": old.outcome.value,
        "outcome_after": new.outcome.value,
        "play_before": old.play.value,
        "play_after": new.play.value,
        "offers_before": offers_permitted(old.outcome),
        "offers_after": offers_permitted(new.outcome),
    }


def _decided_again(rules: Ruleset, now: datetime) -> dict[str, Any]:
    """The decisions of the last 90 days, with their own inputs under the draft's tables."""
    row = GateDecision.__table__.c
    query = sa.select(row.inputs, row.outcome).where(row.decided_at > now - LOOK_BACK)
    flips: Counter[str] = Counter()
    count = 0
    for inputs, outcome in db.session.execute(query).yield_per(PART):
        count += 1
        after = rules.decide(_inputs(inputs)).outcome.value
        if after != outcome:
            flips[f"{outcome} → {after}"] += 1
    return {"count": count, "changed": sum(flips.values()), "by_outcome": dict(flips)}


def _inputs(stored: Mapping[str, str]) -> GateInputs:
    return GateInputs(**{name: kind(stored[name]) for name, kind in INPUT_KINDS.items()})  # type: ignore[arg-type]


def _back_test(before: Ruleset, after: Ruleset, now: datetime) -> dict[str, Any]:
    """Sales made and lost in the last year, by whether each policy would have allowed the contact they came from."""
    row = GateDecision.__table__.c
    query = (
        sa.select(SalesContact.outcome, row.inputs)
        .outerjoin(GateDecision, row.id == SalesContact.decision_id)
        .where(SalesContact.occurred_at > now - PAST_SALES, SalesContact.outcome.in_(_JUDGED))
    )
    found = {outcome.value: {"count": 0, "unknown": 0, "allowed_before": 0, "allowed_after": 0} for outcome in _JUDGED}
    for outcome, inputs in db.session.execute(query):
        tally = found[outcome.value]
        tally["count"] += 1
        if inputs is None:
            tally["unknown"] += 1  # nobody had asked the gate
            continue
        tally["allowed_before"] += offers_permitted(before.decide(_inputs(inputs)).outcome) > 0
        tally["allowed_after"] += offers_permitted(after.decide(_inputs(inputs)).outcome) > 0
    return found
