"""What a policy would have said in the past: to the decisions of 90 days, and before the sales made or lost in a year."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import ContactOutcome
from feedback.gate.limits import Limits
from feedback.gate.models import GateDecision
from feedback.gate.rules import GateInputs, Outcome, offers_permitted
from feedback.gate.rulesets import Ruleset

LOOK_BACK = timedelta(days=90)
PAST_SALES = timedelta(days=365)
NOT_ASKED = "unknown"  # the play of a contact for which nobody had asked the gate
JUDGED = (ContactOutcome.SOLD, ContactOutcome.LOST, ContactOutcome.DECLINED)
_PART = 1000


def decided_again(rules: Ruleset, now: datetime, limits: Limits) -> dict[str, Any]:
    """The decisions of the last 90 days, with their own inputs under the draft's tables.

    Those that rest on an exception are left out: it is one under any policy.

    Args:
        limits: in whose currency revenue is counted.
    """
    row = GateDecision.__table__.c
    query = (
        sa.select(row.inputs, row.outcome, row.account_id, Account.annual_revenue, Account.currency)
        .join(Account, Account.id == row.account_id)
        .where(row.decided_at > now - LOOK_BACK, row.evidence["override"]["id"].as_integer().is_(None))
    )
    flips: Counter[str] = Counter()
    worth: dict[str, dict[int, float]] = {"opened": {}, "closed": {}}
    count = 0
    for inputs, outcome, account_id, revenue, currency in db.session.execute(query).yield_per(_PART):
        count += 1
        after = rules.decide(GateInputs.from_data(inputs)).outcome
        if after.value == outcome:
            continue
        flips[f"{outcome} → {after.value}"] += 1
        turned = direction_of(Outcome(outcome), after)
        if turned:
            worth["opened" if turned > 0 else "closed"][account_id] = limits.exchange.converted(revenue, currency) or 0.0
    totals = {name: {"accounts": len(found), "revenue": sum(found.values())} for name, found in worth.items()}
    return {"count": count, "changed": sum(flips.values()), "by_outcome": dict(flips), **totals}


def direction_of(before: Outcome, after: Outcome) -> int:
    """1 where offers become possible, -1 where they cease to be, 0 where a yes stays a yes or a no a no."""
    return int(offers_permitted(after) > 0) - int(offers_permitted(before) > 0)


def back_test(before: Ruleset, after: Ruleset, now: datetime) -> dict[str, Any]:
    """Sales made and lost in the last year, by whether each policy would have allowed the contact they came from.

    `by_play` has the same figures for each play that the customer had when it was contacted.
    """
    row = GateDecision.__table__.c
    query = (
        sa.select(SalesContact.outcome, row.inputs, SalesContact.play)
        .outerjoin(GateDecision, row.id == SalesContact.decision_id)
        .where(SalesContact.occurred_at > now - PAST_SALES, SalesContact.outcome.in_(JUDGED))
    )
    totals, by_play = _tallies(), dict[str, dict[str, Any]]()
    for outcome, inputs, play in db.session.execute(query).yield_per(_PART):
        of_play = by_play.setdefault(play or NOT_ASKED, _tallies())
        for tally in (totals[outcome.value], of_play[outcome.value]):
            _count(tally, inputs, before, after)
    return {**totals, "by_play": by_play}


def _tallies() -> dict[str, Any]:
    return {outcome.value: {"count": 0, "unknown": 0, "allowed_before": 0, "allowed_after": 0} for outcome in JUDGED}


def _count(tally: dict[str, int], inputs: Mapping[str, str] | None, before: Ruleset, after: Ruleset) -> None:
    tally["count"] += 1
    if inputs is None:
        tally["unknown"] += 1  # nobody had asked the gate
        return
    tally["allowed_before"] += offers_permitted(before.decide(GateInputs.from_data(inputs)).outcome) > 0
    tally["allowed_after"] += offers_permitted(after.decide(GateInputs.from_data(inputs)).outcome) > 0
