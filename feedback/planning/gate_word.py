"""What the gate would say now about calling with an offer; nothing is stored, nothing is permitted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.gate import wording
from feedback.gate.evaluation import Finding, Question, decide, find_moment
from feedback.gate.limits import current_limits
from feedback.gate.remedies import remedies
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.standing import Standing, names_of
from feedback.gate.timing import Approaching
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, Purpose


@dataclass(frozen=True)
class GateWord:
    """The gate's answer to an outbound call: the outcome, the one reason that decided, and whom it would take."""

    outcome: str
    opens: bool
    contact_id: int | None
    contact: str | None
    reasons: Sequence[wording.Reason]
    changes: Sequence[wording.Change]
    until: datetime | None  # the moment that was asked for
    finding: Finding

    @property
    def because(self) -> str:
        """One sentence; empty where nothing has to be said."""
        personal = self.outcome in ("defer", "block", "ask_consent", "respond_only")
        found = (reason.text for reason in self.reasons if not (personal and reason.code.startswith(_OF_RELATION)))
        return next(found, self.reasons[0].text if self.reasons else "")


_OF_RELATION = ("rel_", "sow_", "issue_", "disruption_")


def gate_words(stands: Sequence[Standing], *, asker: int | None) -> dict[int, GateWord]:
    """Account → what the gate would say today, from one statement for all of them.

    Hours and holidays are left out, as in every list: a plan is read at any hour.

    Args:
        asker: the user who would call.
    """
    contacts = [person.buyer.contact_id for standing in stands for person in standing.facts.people]
    consents, limits = consent_states(contacts, Purpose.OFFERS, Channel.PHONE), current_limits().at_any_hour()
    found = {}
    for standing in stands:
        facts, now = standing.facts, standing.computed_at
        asked = Approaching(Channel.PHONE, Initiation.OUTBOUND, asker, now)
        moment = find_moment(facts, None, consents, asked, limits)
        question = Question(Purpose.OFFERS, Channel.PHONE, Initiation.OUTBOUND, account_id=facts.account.id)
        found[facts.account.id] = _word(decide(question, facts, moment, now, limits))
    return found


def _word(finding: Finding) -> GateWord:
    person = finding.moment.person if finding.moment else None
    names = names_of([finding.facts])
    return GateWord(
        outcome=finding.verdict.outcome.value,
        opens=offers_permitted(finding.verdict.outcome) > 0,
        contact_id=person.buyer.contact_id if person else None,
        contact=(person.name or person.external_id) if person else None,
        reasons=wording.reasons(finding.verdict.reasons, finding.evidence, names),
        changes=remedies(finding, names),
        until=finding.moment.timing.opens_at if finding.moment else None,
        finding=finding,
    )
