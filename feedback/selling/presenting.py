"""Sales plays as documents for people and for other systems."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.gate.decisions import explain
from feedback.gate.models import GateDecision
from feedback.selling.models import SalesPlay
from feedback.selling.wording import PlayReason, reasons

_COLUMNS = (
    "id", "source", "external_id", "account_id", "trigger", "state", "decision_id", "month", "baseline", "payload",
    "answer", "answer_note", "received_at", "screened_at", "expires_at",
)  # fmt: skip


def documents(plays: Sequence[SalesPlay]) -> list[dict[str, Any]]:
    """Each as the API shows it."""
    decisions = decisions_of(plays)
    return [_document(play, decisions.get(play.decision_id or 0)) for play in plays]


def decisions_of(plays: Sequence[SalesPlay]) -> dict[int, Mapping[str, Any]]:
    """The stored decisions of these plays by id."""
    ids = {play.decision_id for play in plays} - {None}
    columns = GateDecision.__table__.c
    query = sa.select(*columns, Contact.external_id.label("contact_external_id")).where(columns.id.in_(ids))
    rows = db.session.execute(query.outerjoin(Contact, Contact.id == columns.contact_id)).mappings() if ids else ()
    return {row["id"]: dict(row) for row in rows}


def reasons_of(play: SalesPlay, decision: Mapping[str, Any] | None) -> list[PlayReason]:
    """Why it stands as it does, in sentences."""
    said = {reason.code: reason.text for reason in explain(decision)} if decision is not None else {}
    return reasons(play.reasons, said, play.month, play.baseline)


def _document(play: SalesPlay, decision: Mapping[str, Any] | None) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(play, name) for name in _COLUMNS}
    told = [reason._asdict() for reason in reasons_of(play, decision)]
    return shown | {"reasons": told, "work_item_id": play.issue_id, "play": decision["play"] if decision is not None else None}
