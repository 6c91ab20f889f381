"""Records that have served their purpose: what is deleted, and after how long."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from feedback.access.service import forget_expired
from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.inlets.receiving import forget_bodies, forget_receipts
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.listening.retention import forget_exclusion_notes, forget_mail_receipts
from feedback.outbox.models import Notification, OutboxMessage
from feedback.partners.models import WebhookEvent
from feedback.surveys.people.models import ProvisionalMark, ScannerSign, Submission, SubmissionState
from feedback.telling.models import NoticeDelivery
from feedback.web.models import IdempotencyRecord

# Retries of a client are over after three days; what was delivered is kept as evidence for a quarter, because its key
# also keeps the same news from being sent again.
KEPT: tuple[tuple[type[Model], sa.orm.InstrumentedAttribute[Any], timedelta], ...] = (
    (IdempotencyRecord, IdempotencyRecord.created_at, timedelta(hours=72)),
    (JobRun, JobRun.finished_at, timedelta(days=14)),
    (OutboxMessage, OutboxMessage.delivered_at, timedelta(days=90)),
    (Notification, Notification.read_at, timedelta(days=90)),
    (NoticeDelivery, NoticeDelivery.created_at, timedelta(days=90)),
    (WebhookEvent, WebhookEvent.occurred_at, timedelta(days=30)),  # with its deliveries and their tries
    # a view of the page is of no use once the answer cannot be changed any more
    (Submission, Submission.received_at, timedelta(days=2)),  # but never one that was thanked for and waits: `_IN_USE`
    (ScannerSign, ScannerSign.at, timedelta(days=90)),
    (ProvisionalMark, ProvisionalMark.at, timedelta(days=90)),
)
_IN_USE: dict[type[Model], sa.ColumnElement[bool]] = {Submission: Submission.state == SubmissionState.HELD}


def purge_old_records() -> dict[str, int]:
    """Delete what is older than its period; answers how many rows of each table. Call inside `transaction()`."""
    deleted = {"sessions and log-in attempts": forget_expired()}
    for model, column, period in KEPT:
        old = sa.and_(column < clock.now() - period, sa.not_(_IN_USE.get(model, sa.false())))
        deleted[model.__tablename__] = db.session.scalar(sa.select(sa.func.count()).select_from(model).where(old)) or 0
        db.session.execute(sa.delete(model).where(old))
    deleted["bodies of inbound events"] = forget_bodies()
    deleted["receipts of inbound events"] = forget_receipts()
    deleted["receipts of mails"] = forget_mail_receipts()
    deleted["notes of exclusions"] = forget_exclusion_notes()
    return deleted
