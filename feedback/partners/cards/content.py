"""What a card says: how the account stands, whether it may be called now, why, who is on it, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.accounts.queries import access_account
from feedback.gate import evaluation, wording
from feedback.gate.evaluation import Finding, Question
from feedback.gate.limits import current_limits
from feedback.gate.remedies import remedies
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.standing import Standing, names_of, standing_of
from feedback.gate.summary import tell
from feedback.gate.timing import Approaching
from feedback.partners.cards.words import fact_words, play_words
from feedback.permission.queries import consent_states
from feedback.permission.rules import Channel, Purpose
from feedback.web.numerals import percent


@dataclass(frozen=True)
class Card:
    """Everything on the card, in the reader's language."""

    account_id: int
    name: str
    may_call: bool
    answer: str
    because: Sequence[str]
    facts: Sequence[tuple[str, str]]
    play: str
    owners: Sequence[str]
    changes: Sequence[str]
    again: str
    computed_at: datetime


def card_of(account_id: int, now: datetime, *, viewer: Viewer) -> Card:
    """The card of an account; nothing is stored, so it is no decision: whoever calls asks the gate.

    Raises:
        NotFound: the account is missing or somebody else's.
    """
    account = access_account(account_id, viewer=viewer)
    standing = standing_of(account_id, now)
    finding = _finding(standing, now, viewer)
    names = names_of([standing.facts])
    reasons = wording.reasons(finding.verdict.reasons, finding.evidence, names)
    changes = remedies(finding, names)
    told = tell(finding.verdict.outcome, reasons, changes, finding.next_review_at, finding.expires_at)
    owners = [change.owner for change in changes if change.owner]
    return Card(
        account_id=account_id,
        name=account.name,
        may_call=offers_permitted(finding.verdict.outcome) > 0,
        answer=told.answer,
        because=told.because,
        facts=_facts(standing, finding),
        play=play_words()[standing.play],
        owners=list(dict.fromkeys(owners)),
        changes=told.changes,
        again=told.again,
        computed_at=now,
    )


def _finding(standing: Standing, now: datetime, viewer: Viewer) -> Finding:
    """The gate's answer to a call with an offer, now, by whoever looks."""
    people = [person.buyer.contact_id for person in standing.facts.people]
    consents, limits = consent_states(people, Purpose.OFFERS, Channel.PHONE), current_limits()
    asked = Approaching(Channel.PHONE, Initiation.OUTBOUND, viewer.user_id, now)
    moment = evaluation.find_moment(standing.facts, None, consents, asked, limits)
    return evaluation.decide(Question(Purpose.OFFERS, Channel.PHONE, Initiation.OUTBOUND), standing.facts, moment, now, limits)


def _facts(standing: Standing, finding: Finding) -> list[tuple[str, str]]:
    words = fact_words()
    share = words["share_of_wallet"][standing.share_of_wallet]
    if standing.share is not None:
        share = f"{share} ({percent(standing.share)})"
    return [
        (_("Advocacy"), words["advocacy"][standing.advocacy]),
        (_("Share of wallet"), share),
        (_("Issues"), words["issues"][standing.issues]),
        (_("Consent to calls"), words["consent"][finding.inputs.consent]),
        (_("Moment"), words["timing"][finding.inputs.timing]),
    ]
