"""What the standing says must change, as conditions that can be taken over into a plan with one click."""

from collections.abc import Collection
from typing import Any

from feedback.gate.advocacy import FRESH_KEY_SCORE, Because
from feedback.gate.standing import Standing
from feedback.permission.rules import Channel, Consent
from feedback.planning.evidence import gather
from feedback.planning.gate_word import GateWord
from feedback.planning.models import PlanCondition
from feedback.planning.rules.states import REFERENCES, ConditionKind
from feedback.planning.wording import condition_words

_NOBODY = (Because.NO_ANSWER, Because.LOW_COVERAGE)


def suggest(standing: Standing, word: GateWord, taken: Collection[str]) -> list[tuple[PlanCondition, str]]:
    """Conditions that are not in the plan yet, in the order of the gate, each with its sentence. They are in no session."""
    drafts = [*_issues(standing), *_disruptions(standing), *_scores(standing), *_account(standing), *_consent(word)]
    fresh = [one for one in drafts if one.key not in taken]
    seen = gather([(standing.account_id, one) for one in fresh], {standing.account_id: standing})
    return [(one, condition_words(one, seen)) for one in fresh]


def _draft(kind: ConditionKind, **values: Any) -> PlanCondition:
    key = ":".join([kind.value, *(str(values[name]) for name in REFERENCES[kind])])
    return PlanCondition(kind=kind, key=key, **values)


def _issues(standing: Standing) -> list[PlanCondition]:
    return [_draft(ConditionKind.ISSUE, issue_id=issue.id) for issue in standing.facts.issues.issues]


def _disruptions(standing: Standing) -> list[PlanCondition]:
    return [_draft(ConditionKind.DISRUPTION, disruption_id=hold.id) for hold in standing.facts.holds]


def _scores(standing: Standing) -> list[PlanCondition]:
    """Of whoever holds the account back; else of the decision makers whose answer makes it a detractor."""
    roll = standing.facts.roll
    owing = [contact_id for contact_id, _answer in roll.holding]
    if not owing and roll.because is Because.DECISION_MAKER:
        owing = [contact for role, answer, contact in roll.counted if role == 0 and answer.score < FRESH_KEY_SCORE]
    return [_draft(ConditionKind.SCORE, contact_id=one, least_score=FRESH_KEY_SCORE) for one in dict.fromkeys(owing)]


def _account(standing: Standing) -> list[PlanCondition]:
    roll, found = standing.facts.roll, []
    if roll.because in _NOBODY:
        found.append(_draft(ConditionKind.HEARD))
    if roll.index is not None and roll.index < 0:
        found.append(_draft(ConditionKind.INDEX))
    if standing.facts.wallet.because.value != "share":
        found.append(_draft(ConditionKind.WALLET))
    return found


def _consent(word: GateWord) -> list[PlanCondition]:
    if word.contact_id is None or word.finding.inputs.consent is Consent.ALLOWED:
        return []
    return [_draft(ConditionKind.CONSENT, contact_id=word.contact_id, channel=Channel.PHONE)]
