"""Decisions and standings as JSON documents. Built by hand: this is the hot path, and the schemas are checked in tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from feedback.gate import wording
from feedback.gate.decisions import Replay, explain, is_trustworthy, names_in, state_of, verdict_of
from feedback.gate.remedies import remedies, remedies_of
from feedback.gate.rules import Outcome
from feedback.gate.service import Decision
from feedback.gate.sources import NO_SOURCES, sources
from feedback.gate.standing import Standing, names_of
from feedback.gate.summary import tell
from feedback.gate.tables import Verdict
from feedback.kernel.errors import DomainError


def decision_document(decision: Decision) -> dict[str, Any]:
    """A decision that was just taken."""
    row, finding = decision.row, decision.finding
    person = finding.moment.person if finding.moment else None
    contact = {"id": person.buyer.contact_id, "external_id": person.external_id} if person else None
    names = names_of([finding.facts])
    reasons = wording.reasons(finding.verdict.reasons, finding.evidence, names)
    return _document(row, contact, reasons, remedies(finding, names))


def preview_document(decision: Decision) -> dict[str, Any]:
    """What a decision would say that nobody has taken: without the number by which one could act on it."""
    return {name: value for name, value in decision_document(decision).items() if name != "decision_id"}


def stored_document(row: Mapping[str, Any], now: datetime, replayed: Replay | None) -> dict[str, Any]:
    """A decision as it was kept, with today's names in its sentences."""
    contact = None if row["contact_id"] is None else {"id": row["contact_id"], "external_id": row["contact_external_id"]}
    trusted = is_trustworthy(row)
    changes = remedies_of(verdict_of(row), row["evidence"], names_in(row["evidence"])) if trusted else []
    document = _document(row, contact, explain(row), changes)
    kept = ("purpose", "channel", "intent", "product_code", "requested_by", "invalidated_by")
    document |= {name: row[name] for name in kept}
    document |= {"intact": trusted, "state": state_of(row, now), "invalidated_at": _moment(row["invalidated_at"])}
    if replayed is not None:
        document["replay"] = verdict_document(replayed.verdict) | {"agrees": True, "policy_version": replayed.policy_version}
    return document


def batch_document(answers: Sequence[Decision | DomainError]) -> dict[str, Any]:
    """One item per question; an unanswered one says why."""
    return {"items": [_item(answer) for answer in answers]}


def _item(answer: Decision | DomainError) -> dict[str, Any]:
    if isinstance(answer, Decision):
        return decision_document(answer)
    return {"error": {"status": 404, "detail": answer.message}}


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """What the tables say."""
    return {"outcome": verdict.outcome, "play": verdict.play, "reasons": list(verdict.reasons), "rows": list(verdict.rows)}


def standing_document(standing: Standing) -> dict[str, Any]:
    """An account's standing with everything that is shown beside it."""
    low, high = standing.bounds
    return {
        "account_id": standing.account_id,
        "advocacy": standing.advocacy,
        "advocacy_index": standing.advocacy_index,
        "bounds": {"low": low, "high": high},
        "coverage": standing.coverage,
        "split": standing.split,
        "n": standing.n,
        "known_contacts": standing.known,
        "newest_answer_at": _moment(standing.newest_answer_at),
        "share_of_wallet": standing.share_of_wallet,
        "share": standing.share,
        "issues": standing.issues,
        "play": standing.play,
        "stance": standing.stance,
        "reasons": [reason._asdict() for reason in standing.reasons],
        "must_change": [_change(change) for change in standing.must_change],
        "computed_at": _moment(standing.computed_at),
        "next_review_at": _moment(standing.next_review_at),
    }


def _change(change: wording.Change) -> dict[str, Any]:
    document: dict[str, Any] = {"text": change.text}
    if change.issue_id is not None:
        document["issue_id"] = change.issue_id
    if change.owner:
        document["owner"] = change.owner
    if change.due is not None:
        document["due"] = _moment(change.due)
    if change.due_kind is not None:
        document["due_kind"] = change.due_kind
    return document


def _document(
    row: Mapping[str, Any], contact: Any, reasons: Sequence[wording.Reason], changes: Sequence[wording.Change]
) -> dict[str, Any]:
    told = tell(Outcome(row["outcome"]), reasons, changes, row["next_review_at"], row["expires_at"])
    return {
        "decision_id": row["id"],
        "account_id": row["account_id"],
        "contact": contact,
        "outcome": row["outcome"],
        "play": row["play"],
        "summary": told.text,
        "reasons": [{"code": code, "text": text, "evidence": evidence} for code, text, evidence in reasons],
        "must_change": [_change(change) for change in changes],
        "rows": row["rows_hit"],
        "inputs": row["inputs"],
        "sources": sources(row["evidence"]) if row["evidence"].get("advocacy") else NO_SOURCES,
        "policy_version": row["policy_version"],
        "decided_at": _moment(row["decided_at"]),
        "expires_at": _moment(row["expires_at"]),
        "next_review_at": _moment(row["next_review_at"]),
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
