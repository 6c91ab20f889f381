"""Why the mails of a wave do not leave: what the mail server said last, and whether the job that sends them runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.models import Wave
from feedback.listening.rules.states import WaveState
from feedback.listening.sending import KIND
from feedback.outbox.delivery import HALTED
from feedback.outbox.models import OutboxMessage
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState

JOB = "send_surveys"
SILENT = timedelta(minutes=3)  # a run takes up what is due within seconds, and can last that long with a slow mail server


@dataclass(frozen=True, slots=True)
class Standstill:
    """So many first mails are due and do not leave. `reason`: what the mail server said; empty: the job has not run since then.

    `since` is None where it never worked.
    """

    waiting: int
    reason: str
    since: datetime | None


def find_standstill(wave: Wave) -> Standstill | None:
    """What holds up the mails of a running wave; None where nothing does."""
    if wave.state is not WaveState.RUNNING:
        return None
    now = clock.now()
    due = sa.and_(Invitation.state == InvitationState.PLANNED, Invitation.send_at <= now)
    waits = sa.or_(Invitation.state == InvitationState.QUEUED, due)
    waiting = db.session.scalar(sa.select(sa.func.count()).where(Invitation.wave_id == wave.id, waits)) or 0
    if not waiting:
        return None
    last, alive = _last_run()
    if (last is None or last < now - SILENT) and not alive:
        return Standstill(waiting, "", last)
    reason = _last_refusal()
    return Standstill(waiting, reason, _refused_since(reason)) if reason else None


def _last_run() -> tuple[datetime | None, bool]:
    """When the job began last, and whether it is at work."""
    of_job = sa.select(JobRun.started_at, JobRun.finished_at, JobRun.lease_until).where(JobRun.job == JOB)
    row = db.session.execute(of_job.order_by(JobRun.started_at.desc()).limit(1)).one_or_none()
    return (row.started_at, row.finished_at is None and row.lease_until >= clock.now()) if row else (None, False)


def _last_refusal() -> str:
    """What the mail server said to the message that was tried last and waits; empty where none was refused."""
    waits = (OutboxMessage.kind == KIND, OutboxMessage.delivered_at.is_(None), OutboxMessage.dead_at.is_(None))
    query = sa.select(OutboxMessage.last_error).where(*waits, OutboxMessage.last_error.startswith(HALTED))
    return (db.session.scalar(query.order_by(OutboxMessage.available_at.desc()).limit(1)) or "").removeprefix(HALTED)


def _refused_since(reason: str) -> datetime | None:
    """The first run that ended with it, of those in a row."""
    of_job, same = JobRun.job == JOB, JobRun.detail.contains(reason[:100], autoescape=True)
    other = sa.select(sa.func.max(JobRun.started_at)).where(of_job, JobRun.finished_at.is_not(None), same.is_not(True))
    before = db.session.scalar(other)
    first = sa.select(sa.func.min(JobRun.started_at)).where(of_job, same)
    return db.session.scalar(first.where(JobRun.started_at > before) if before else first)
