"""What the gate would say to a call with an offer, for many accounts at once; nothing is stored.

The answer comes from the gate's own functions and tables, in its own order of contacts, over facts that were read for all
accounts together.
"""

from collections.abc import Sequence

from feedback.gate.evaluation import default_verdict, find_inputs, find_moment
from feedback.gate.limits import current_limits
from feedback.gate.rules import Initiation, Outcome
from feedback.gate.standing import Standing
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, ConsentFact, Purpose


def call_consents(stands: Sequence[Standing]) -> dict[int, ConsentFact]:
    """What the contacts of these accounts have said about offers by phone."""
    ids = [person.buyer.contact_id for standing in stands for person in standing.facts.people]
    return consent_states(ids, Purpose.OFFERS, Channel.PHONE)


def call_outcomes(stands: Sequence[Standing]) -> dict[int, Outcome]:
    """Account → the gate's answer to calling, of our own accord, the contact that it would take."""
    consents, limits = call_consents(stands), current_limits()
    found = {}
    for standing in stands:
        moment = find_moment(standing.facts, None, consents, standing.computed_at, limits)
        found[standing.account_id] = default_verdict(find_inputs(standing.facts, moment, Initiation.OUTBOUND)).outcome
    return found
