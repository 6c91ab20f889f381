"""Answers that grow too old to speak for their customer: the account manager hears of it once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account, AccountContact
from feedback.accounts.rules import AccountStatus, ContactRole
from feedback.audit.models import AuditEvent
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.service import enqueue_many
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import SurveyKind

LOOK_BACK_DAYS = 30  # a longer stop of the jobs is no reason to send news of last season


def announce_expired_feedback() -> int:
    """Tell account managers whose decision maker's newest relationship answer expired since the last look; answers how many.

    Nothing else is stored: the standing reads the age of each answer whenever it is asked for. Call inside `transaction()`.
    """
    rows = _newly_expired()
    if rows:
        db.session.execute(sa.insert(AuditEvent), [_audit_row(row) for row in rows])
        enqueue_many([_notice(row) for row in rows if row.owner_id is not None])
    return len(rows)


def _newly_expired() -> Sequence[Any]:
    now, settings = clock.now(), current_app.extensions["closedloop_settings"]
    expired = now - timedelta(days=settings.relationship_valid_days)
    newer, told = sa.orm.aliased(Response), sa.orm.aliased(AuditEvent)
    relationship = sa.select(SurveyProgram.id).where(SurveyProgram.kind == SurveyKind.RELATIONSHIP)
    outlived = sa.exists().where(
        newer.account_id == Response.account_id,
        newer.contact_id == Response.contact_id,
        newer.survey_id.in_(relationship),
        newer.responded_at > Response.responded_at,
    )
    known = sa.exists().where(
        told.object_type == "response",
        told.object_id == sa.cast(Response.id, sa.Text),
        told.action == "feedback.expired",
    )
    query = (
        sa.select(Response.id, Response.account_id, Response.responded_at, Account.name, Account.owner_id)
        .join(Account, Account.id == Response.account_id)
        .join(
            AccountContact,
            sa.and_(AccountContact.account_id == Response.account_id, AccountContact.contact_id == Response.contact_id),
        )
        .where(
            Response.responded_at <= expired,
            Response.responded_at > expired - timedelta(days=LOOK_BACK_DAYS),
            Response.survey_id.in_(relationship),
            Account.status == AccountStatus.ACTIVE,
            AccountContact.role == ContactRole.DECISION_MAKER,
            AccountContact.left_at.is_(None),
            ~outlived,
            ~known,
        )
    )
    return db.session.execute(query).all()


def _audit_row(row: Any) -> dict[str, Any]:
    data = {"account_id": row.account_id, "responded_at": row.responded_at.isoformat()}
    head = {"occurred_at": clock.now(), "actor": "system", "action": "feedback.expired", "object_type": "response"}
    return {**head, "object_id": str(row.id), "data": data}


def _notice(row: Any) -> tuple[str, str, dict[str, Any]]:
    payload = {"user_id": row.owner_id, "kind": "feedback_expired", "params": {"account": row.name}}
    return "notify_user", f"feedback-expired:{row.id}", payload | {"link": f"/app/accounts/{row.account_id}"}
