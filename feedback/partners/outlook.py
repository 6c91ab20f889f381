"""What partners are told of an account: whether the gate is open to offers that we start, and the standing behind it.

The gate is open when it would answer `allow` or `allow_limited` to an offer by e-mail or by phone to the contact that it would
take itself. What a contact asked for ("not now", a pause) closes it; hours, holidays, caps and distances do not: they belong to
a moment and a person who calls, and `POST /gate/evaluate` knows them. Nothing here is stored as the truth.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from feedback.gate import evaluation
from feedback.gate.evaluation import Finding, Question
from feedback.gate.limits import Limits, current_limits
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.standing import Standing, standings
from feedback.gate.timing import Approaching
from feedback.partners.rules.news import Told
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose

CHANNELS = (Channel.EMAIL, Channel.PHONE)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to tell of an account now, and when that may change without anybody doing anything."""

    told: Told
    review_at: datetime
    standing: Standing

    def of_no_customer(self, now: datetime) -> "Outlook":
        """The same account after it left us: nothing is open to it, whatever its standing was."""
        gate = {"open": False, "channels": {}, "because": "account_closed"}
        return Outlook(Told(gate, self.told.standing), now + timedelta(days=1), self.standing)


def outlooks(account_ids: Collection[int], now: datetime) -> dict[int, Outlook]:
    """Of each of these accounts that exists, in a constant number of statements."""
    found = standings(account_ids, now)
    people = [person.buyer.contact_id for standing in found.values() for person in standing.facts.people]
    consents = {channel: consent_states(people, Purpose.OFFERS, channel) for channel in CHANNELS}
    limits = lasting(current_limits())
    return {account_id: _outlook(standing, consents, now, limits) for account_id, standing in found.items()}


def lasting(limits: Limits) -> Limits:
    """The limits without what depends on the minute and on who asks."""
    timing = limits.at_any_hour().timing
    return limits._replace(timing=timing._replace(contact_cap=0, account_cap=0, other_team_days=0, cooldown_days=0))


def _outlook(standing: Standing, consents: dict[Channel, dict[int, ConsentFact]], now: datetime, limits: Limits) -> Outlook:
    findings = {channel: _finding(standing, channel, consents[channel], now, limits) for channel in CHANNELS}
    channels = {channel.value: _channel(finding) for channel, finding in findings.items()}
    gate = {"open": any(one["open"] for one in channels.values()), "channels": channels}
    bands = {
        "advocacy": standing.advocacy.value,
        "share_of_wallet": standing.share_of_wallet.value,
        "issues": standing.issues.value,
        "play": standing.play.value,
        "stance": standing.stance.value,
    }
    return Outlook(Told(gate, bands), min(finding.expires_at for finding in findings.values()), standing)


def _finding(standing: Standing, channel: Channel, consents: dict[int, ConsentFact], now: datetime, limits: Limits) -> Finding:
    asked = Approaching(channel, Initiation.OUTBOUND, None, now)
    moment = evaluation.find_moment(standing.facts, None, consents, asked, limits)
    return evaluation.decide(Question(Purpose.OFFERS, channel, Initiation.OUTBOUND), standing.facts, moment, now, limits)


def _channel(finding: Finding) -> dict[str, Any]:
    return {
        "open": offers_permitted(finding.verdict.outcome) > 0,
        "outcome": finding.verdict.outcome.value,
        "contact_id": finding.moment.person.buyer.contact_id if finding.moment else None,
        "reasons": list(finding.verdict.reasons),
    }
