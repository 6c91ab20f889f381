"""What a draft would change: the standing of every account today, decisions of the last 90 days, and sales of the past."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import Account
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.gate.evaluation import find_inputs, find_moment
from feedback.gate.governing.active import active_draft_id
from feedback.gate.governing.backtesting import back_test, decided_again, direction_of
from feedback.gate.governing.models import PolicyDraft
from feedback.gate.limits import Limits, current_limits, with_policy
from feedback.gate.rules import Initiation, Outcome, offers_permitted
from feedback.gate.rulesets import Ruleset
from feedback.gate.standing import AccountFacts, accounts_by_id, facts_of
from feedback.gate.tables import Tables, Verdict
from feedback.gate.timing import Approaching
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose
from feedback.uow import end_reading

LISTED = 2000  # of the accounts that change, those with the most revenue
PART = 1000
# what an account is asked by: the best answer of them is its answer
_CHANNELS = (Channel.PHONE, Channel.EMAIL)
_FROM_YES_TO_NO = list(Outcome)


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
        direction = direction_of(Outcome(line["outcome_before"]), Outcome(line["outcome_after"]))
        self.total.add(direction, line["revenue"])
        groups = {"play": f"{line['play_before']} → {line['play_after']}", "segment": line["segment"], "owner": line["owner"]}
        for name, value in groups.items():
            self.by[name][value or ""].add(direction, line["revenue"])
        self.listed.append(line)
        if len(self.listed) > 2 * LISTED:
            self._trim()

    def _trim(self) -> None:
        self.listed = sorted(self.listed, key=_importance)[:LISTED]

    def document(self) -> dict[str, Any]:
        self._trim()
        groups = {name: {value: vars(tally) for value, tally in found.items()} for name, found in self.by.items()}
        return {"accounts": self.looked_at, "changes": vars(self.total), "by": groups, "listed": self.listed}


def _importance(line: Mapping[str, Any]) -> tuple[bool, float, int]:
    """What opens or closes first, then by revenue."""
    turned = direction_of(Outcome(line["outcome_before"]), Outcome(line["outcome_after"]))
    return not turned, -line["revenue"], line["account_id"]


def simulate_draft(draft_id: int) -> tuple[datetime, dict[str, Any]]:
    """When the draft was last changed, and its figures; to be kept as long as nobody changed it meanwhile.

    Raises:
        NotFound: there is no such draft.
    """
    draft = db.session.get(PolicyDraft, draft_id)
    if draft is None:
        raise NotFound
    content, seen = draft.content, draft.changed_at
    end_reading()
    return seen, simulate(content)


def simulate(content: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a draft. It reads in parts and holds nothing up.

    Args:
        content: of the draft.
    """
    now, against, before = clock.now(), active_draft_id(), current_limits().at_any_hour()
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
        "against": against,
        "currency": before.exchange.currency,
        **found.document(),
        "decisions": decided_again(after.rules, now, before),
        "sales": back_test(before.rules, after.rules, now),
    }


def _parts() -> Iterator[list[int]]:
    ids = list(db.session.scalars(sa.select(Account.id).where(Account.status == AccountStatus.ACTIVE).order_by(Account.id)))
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def _compare(ids: Sequence[int], before: Limits, after: Limits, now: datetime) -> Iterator[dict[str, Any] | None]:
    rows = accounts_by_id(ids)
    first, second = facts_of(rows, now, before), facts_of(rows, now, after)
    people = [person.buyer.contact_id for one in first.values() for person in one.people]
    consents = {channel: consent_states(people, Purpose.OFFERS, channel) for channel in _CHANNELS}
    about = _about(ids)
    for account_id in first:
        old = _verdict(first[account_id], consents, before, now)
        new = _verdict(second[account_id], consents, after, now)
        yield None if (old.outcome, old.play) == (new.outcome, new.play) else _line(about[account_id], old, new, before)


def _verdict(
    facts: AccountFacts, consents: Mapping[Channel, Mapping[int, ConsentFact]], limits: Limits, now: datetime
) -> Verdict:
    """The best answer that the account gets on any of the channels."""
    answers = []
    for channel in _CHANNELS:
        asked = Approaching(channel, Initiation.OUTBOUND, None, now)
        moment = find_moment(facts, None, consents[channel], asked, limits)
        answers.append(limits.rules.decide(find_inputs(facts, moment, Initiation.OUTBOUND)))
    return min(answers, key=lambda verdict: _FROM_YES_TO_NO.index(verdict.outcome))


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
