"""Whether a hold knows an exception, of a decision as it was stored and of the account as it is now."""

from collections.abc import Mapping
from typing import Any

from feedback.gate import evaluation
from feedback.gate.limits import current_limits
from feedback.gate.overriding.rules import Never, is_silent_detractor, never
from feedback.gate.rules import GateInputs, Initiation, Outcome
from feedback.gate.standing import accounts_by_id, facts_of
from feedback.gate.timing import Approaching
from feedback.kernel import clock
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, Consent, Purpose


def never_of_decision(row: Mapping[str, Any]) -> Never | None:
    """Why the answer of this decision knows no exception; None where somebody may be asked for one.

    Args:
        row: of `gate_decision`.
    """
    inputs = GateInputs.from_data(row["inputs"])
    return never(Outcome(row["outcome"]), inputs, silent_detractor=is_silent_detractor(row["evidence"]))


def never_today(account_id: int, contact_id: int | None, purpose: Purpose) -> Never | None:
    """The same for a contact as things are now, on whatever channel is still allowed; exceptions left out of account."""
    now, limits = clock.now(), current_limits()
    facts = next(iter(facts_of(accounts_by_id([account_id]), now, limits).values()), None)
    person = next((one for one in facts.people if one.buyer.contact_id == contact_id), None) if facts else None
    if facts is None or person is None or contact_id is None:
        return Never.NOT_HELD
    channel = _allowed_channel(contact_id, purpose)
    if channel is None:
        return Never.NOT_HELD
    consents = consent_states([contact_id], purpose, channel)
    asked = Approaching(channel, Initiation.OUTBOUND, None, now)
    moment = evaluation.find_moment(facts, person.external_id, consents, asked, limits)
    inputs = evaluation.find_inputs(facts, moment, Initiation.OUTBOUND)
    return never(limits.rules.decide(inputs).outcome, inputs, silent_detractor=bool(facts.roll.holding))


def _allowed_channel(contact_id: int, purpose: Purpose) -> Channel | None:
    for channel in Channel:
        found = consent_states([contact_id], purpose, channel).get(contact_id)
        if found is not None and found.state is Consent.ALLOWED:
            return channel
    return None
