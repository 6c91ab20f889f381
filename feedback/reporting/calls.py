"""What the gate would say to a call with an offer, for many accounts at once; nothing is stored.

The answer comes from the gate's own functions and tables, in its own order of contacts, over facts that were read for all
accounts together.
"""

from collections.abc import Sequence

from feedback.gate.evaluation import find_inputs, find_moment, find_verdict
from feedback.gate.limits import current_limits
from feedback.gate.rules import Initiation, Outcome
from feedback.gate.standing import Standing
from feedback.gate.timing import Approaching
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose


def call_consents(stands: Sequence[Standing]) -> dict[int, ConsentFact]:
    """What the contacts of these accounts have said about offers by phone."""
    ids = [person.buyer.contact_id for standing in stands for person in standing.facts.people]
    return consent_states(ids, Purpose.OFFERS, Channel.PHONE)


def call_outcomes(stands: Sequence[Standing], *, asker: int | None) -> dict[int, Outcome]:
    """Account → the gate's answer to calling today, of our own accord, the contact that it would take.

    Hours and holidays are left out: a list is a plan for the day, and is read before the hours begin.

    Args:
        asker: the user who would call.
    """
    consents, limits = call_consents(stands), current_limits().at_any_hour()
    found = {}
    for standing in stands:
        asked = Approaching(Channel.PHONE, Initiation.OUTBOUND, asker, standing.computed_at)
        moment = find_moment(standing.facts, None, consents, asked, limits)
        inputs = find_inputs(standing.facts, moment, Initiation.OUTBOUND)
        verdict, _override = find_verdict(Purpose.OFFERS, standing.facts, moment, inputs, limits)
        found[standing.account_id] = verdict.outcome
    return found
