"""Plans as JSON documents."""

from typing import Any

from feedback.kernel import clock
from feedback.planning.models import PlanIntent, PlanReview
from feedback.planning.sheets import ConditionLine, ObjectiveLine, PlanSheet, PromiseLine, suggestions_for

_HEAD = ("id", "account_id", "period", "starts_on", "ends_on", "state", "version", "note")
_TIMES = ("created_at", "changed_at", "activated_at", "closed_at")
_INTENT = ("id", "intent", "product", "note", "amount", "currency", "due_on", "state", "settled_at")
_REVIEW = ("id", "starts_at", "minutes", "place", "held_at", "people", "agreed", "cancelled_at")
_CONDITION = ("id", "kind", "issue_id", "defect_id", "disruption_id", "contact_id", "channel", "least_score")


def head_document(sheet: PlanSheet) -> dict[str, Any]:
    """A plan in a list."""
    plan, review = sheet.line.plan, sheet.next_review(clock.now())
    gate = {"outcome": sheet.gate.finding.verdict.outcome, "because": sheet.gate.because, "contact_id": sheet.gate.contact_id}
    return _named(plan, (*_HEAD, *_TIMES)) | {
        "account": sheet.line.account,
        "owner_id": sheet.line.owner_id,
        "owner": sheet.line.owner,
        "conditions": len(sheet.conditions),
        "conditions_met": sheet.met,
        "next_review_at": review.starts_at if review else None,
        "gate": gate,
    }


def plan_document(sheet: PlanSheet) -> dict[str, Any]:
    """A plan with everything."""
    return head_document(sheet) | {
        "outcome": sheet.line.plan.outcome,
        "objectives": [_objective(one) for one in sheet.objectives],
        "must_change": [_condition(one) for one in sheet.conditions],
        "suggestions": [{"kind": one.kind, "text": one.text, **one.values} for one in suggestions_for(sheet)],
        "sales_intents": [_intent(one) for one in sheet.intents],
        "reviews": [_review(one) for one in sheet.reviews],
        "promises": [_promise(one) for one in sheet.promises],
    }


def _named(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _objective(line: ObjectiveLine) -> dict[str, Any]:
    return _named(line.row, ("id", "text", "owner_id", "due_on", "state", "settled_at")) | {"owner": line.owner}


def _condition(line: ConditionLine) -> dict[str, Any]:
    return _named(line.row, _CONDITION) | {"text": line.text, "met": line.met, "since": line.since, "why": line.why}


def _intent(row: PlanIntent) -> dict[str, Any]:
    return _named(row, _INTENT)


def _review(row: PlanReview) -> dict[str, Any]:
    return _named(row, _REVIEW)


def _promise(line: PromiseLine) -> dict[str, Any]:
    shown = _named(line, ("issue_id", "text", "due_on", "state", "ended_at", "contact", "owner"))
    return {"id": line.row.id, "commitment_id": line.row.commitment_id, **shown}
