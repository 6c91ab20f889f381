"""From facts to a decision: which contact, which inputs, which rows, until when. Pure but for the tables' cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from feedback.gate import colleagues, consented, timing
from feedback.gate.advocacy import Answer, lowered_by, own_answer
from feedback.gate.limits import Limits
from feedback.gate.overriding.live import LiveOverride
from feedback.gate.overriding.rules import lifted, never
from feedback.gate.queries import Person
from feedback.gate.rules import GateInputs, Initiation, Intent, Timing, offers_permitted
from feedback.gate.standing import AccountFacts, account_evidence, changes_at
from feedback.gate.tables import Verdict
from feedback.gate.timing import Approaching
from feedback.gate.told import told_reasons
from feedback.kernel.errors import NotFound
from feedback.permission.rules import NOTHING_RECORDED, Channel, Consent, ConsentFact, Purpose
from feedback.surveys.rules import band

_CONSENT_ORDER = {Consent.ALLOWED: 0, Consent.NOT_RECORDED: 1, Consent.REFUSED: 2}


@dataclass(frozen=True, slots=True)
class Question:
    """ "May we sell?": to whom, what for, how, and who started. The account is named by either of its ids."""

    purpose: Purpose
    channel: Channel
    initiation: Initiation
    account_id: int | None = None
    account_external_id: str | None = None
    contact_external_id: str | None = None
    intent: Intent = Intent.CROSS_SELL
    product_code: str | None = None


@dataclass(slots=True)
class Moment:
    """A contact with everything about this contact that the decision needs."""

    person: Person
    consent: ConsentFact
    timing: timing.Moment
    own: Answer | None


_Candidate = tuple[Person, ConsentFact, Answer | None]


def _order(candidate: _Candidate) -> tuple[int, bool, int, int]:
    """Whom to take when nobody is named, as far as it does not depend on the moment: the smallest."""
    person, consent, own = candidate
    return _CONSENT_ORDER[consent.state], own is None, person.buyer.role, person.buyer.contact_id


@dataclass(slots=True)
class Finding:
    """What was decided and from what; without database ids of its own."""

    facts: AccountFacts
    moment: Moment | None
    inputs: GateInputs
    verdict: Verdict
    evidence: dict[str, Any]
    expires_at: datetime
    next_review_at: datetime | None


def find_moment(
    facts: AccountFacts, wanted: str | None, consents: Mapping[int, ConsentFact], asked: Approaching, limits: Limits
) -> Moment | None:
    """The named contact, or the one that `product` order picks; None for an account without contacts.

    Raises:
        NotFound: the named contact holds no role in this account.
    """
    people = facts.people if wanted is None else [one for one in facts.people if one.external_id == wanted]
    if wanted is not None and not people:
        raise NotFound(_("This account has no such contact, or the contact has left."))
    place = timing.Place(facts.account.time_zone, facts.account.region, facts.account.country)

    def judged(candidate: _Candidate) -> Moment:
        person, consent, own = candidate
        return Moment(person, consent, timing.judge(person.wishes, place, facts.approaches, asked, limits.timing), own)

    nothing, now, validity = NOTHING_RECORDED, asked.now, limits.validity
    candidates = [(one, consents.get(one.buyer.contact_id, nothing), own_answer(one.buyer, now, validity)) for one in people]
    candidates.sort(key=_order)
    # whose moment is open goes before whose is not, as long as both allow the same: hardly ever is more than one judged
    best = [one for one in candidates if one[1].state is candidates[0][1].state]
    first = judged(best[0]) if best else None
    if first is None or not first.timing.is_deferred:
        return first
    return next((moment for moment in map(judged, best[1:]) if not moment.timing.is_deferred), first)


def find_inputs(facts: AccountFacts, moment: Moment | None, initiation: Initiation) -> GateInputs:
    """The six inputs; without a contact nothing is recorded and the moment is open."""
    own = moment.own if moment else None
    return GateInputs(
        advocacy=lowered_by(facts.roll.advocacy, band(own.score) if own else None),
        share_of_wallet=facts.wallet.band,
        issues=facts.issue_band,
        consent=moment.consent.state if moment else Consent.NOT_RECORDED,
        timing=Timing.DEFERRED if moment and moment.timing.is_deferred else Timing.OPEN,
        initiation=initiation,
    )


def decide(
    question: Question, facts: AccountFacts, moment: Moment | None, now: datetime, limits: Limits, *, asker: int | None = None
) -> Finding:
    """Everything that will be stored about the answer to `question`.

    Args:
        asker: the user who asks.
    """
    inputs = find_inputs(facts, moment, question.initiation)
    verdict, override = find_verdict(question.purpose, facts, moment, inputs, limits)
    evidence = _evidence(question, facts, moment, inputs, now) | _override_evidence(override)
    evidence |= _beside(question, verdict, facts, asker)
    verdict = verdict._replace(reasons=told_reasons(verdict.reasons, evidence))
    return Finding(
        facts=facts,
        moment=moment,
        inputs=inputs,
        verdict=verdict,
        evidence=evidence,
        expires_at=_expiry(facts, moment, override, bool(offers_permitted(verdict.outcome)), now, limits),
        next_review_at=moment.timing.opens_at if moment else None,
    )


def _beside(question: Question, verdict: Verdict, facts: AccountFacts, asker: int | None) -> dict[str, Any]:
    """Colleagues who may sell here too: of interest to whoever is allowed to do so now."""
    asks = question.initiation is Initiation.OUTBOUND and offers_permitted(verdict.outcome) > 0
    return colleagues.evidence(facts.holders, asker) if asks else {}


def find_verdict(
    purpose: Purpose, facts: AccountFacts, moment: Moment | None, inputs: GateInputs, limits: Limits
) -> tuple[Verdict, LiveOverride | None]:
    """What the tables say, and the exception from it that was granted to this contact, if it may be one."""
    verdict = limits.rules.decide(inputs)
    if not facts.overrides or moment is None:
        return verdict, None
    contact_id, silent = moment.person.buyer.contact_id, bool(facts.roll.holding)
    if never(verdict.outcome, inputs, silent_detractor=silent) is not None:
        return verdict, None
    override = next((one for one in facts.overrides if one.covers(contact_id, purpose)), None)
    return (verdict, None) if override is None else (lifted(verdict, inputs, limits.rules.tables), override)


def _override_evidence(override: LiveOverride | None) -> dict[str, Any]:
    if override is None:
        return {}
    told = {"id": override.id, "by": override.approver_id, "reason": override.reason}
    return {"override": told | {"until": override.expires_at.isoformat()}}


def _evidence(
    question: Question, facts: AccountFacts, moment: Moment | None, inputs: GateInputs, now: datetime
) -> dict[str, Any]:
    evidence = account_evidence(facts, now)
    evidence |= {"contact_id": moment.person.buyer.contact_id if moment else None, "channel": question.channel.value}
    evidence |= {"own_answer": None, "consent": None, "timing": None}
    if moment is None:
        return evidence
    if moment.own is not None:
        buyer = moment.person.buyer
        answer = {"id": moment.own.id, "contact_id": buyer.contact_id, "role": buyer.role}
        evidence["own_answer"] = answer | {"score": moment.own.score, "at": moment.own.at.isoformat()}
    if inputs.advocacy != facts.roll.advocacy:
        evidence["advocacy"] = evidence["advocacy"] | {"because": "contact"}
    evidence["consent"] = consented.evidence(moment.consent)
    if moment.timing.is_deferred:
        evidence["timing"] = _timing_evidence(moment.timing)
    return evidence


def _timing_evidence(found: timing.Moment) -> dict[str, Any]:
    until = found.opens_at.isoformat() if found.opens_at else None
    because = [
        {"why": block.why.value, "until": block.until.isoformat() if block.until else None, **block.facts}
        for block in found.blocks
    ]
    return {"until": until, "zone": found.zone, "because": because}


def _expiry(
    facts: AccountFacts, moment: Moment | None, override: LiveOverride | None, permitted: bool, now: datetime, limits: Limits
) -> datetime:
    """The policy's hours, or the first moment at which an input is known to change by itself.

    A yes ends with the hours in which we sell; a no outlasts them.
    """
    moments = [now + timedelta(hours=limits.decision_hours), *(at for at in changes_at(facts) if at > now)]
    if moment is not None:
        moments += _own_changes(moment, now, limits)
        closes_at = moment.timing.closes_at
        moments += [closes_at] if permitted and closes_at is not None else []
    moments += [override.expires_at] if override is not None else []
    return min(moments)


def _own_changes(moment: Moment, now: datetime, limits: Limits) -> list[datetime]:
    _, _, relationship, transactional = moment.person.buyer
    kinds = ((relationship, limits.validity.relationship_days), (transactional, limits.validity.transactional_days))
    ends = [answer.at + timedelta(days=days) for answer, days in kinds if answer is not None]
    return [at for at in [*ends, moment.timing.opens_at, moment.consent.until] if at is not None and at > now]
