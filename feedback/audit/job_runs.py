"""Claims on the slots of jobs, and the run log. One row per (job, slot): whoever inserts it runs the slot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.kernel import clock

DONE, FAILED, SUPERSEDED = "done", "failed", "superseded"
DETAIL_LENGTH = 2000

# (newest claimed slot before now or None, now) -> slots that are due, oldest first
DueSlots = Callable[[datetime | None, datetime], Sequence[datetime]]


@dataclass(frozen=True)
class Claim:
    """A slot that is ours to run."""

    id: int
    job: str
    slot: datetime
    attempt: int


def claim_next(job: str, worker: str, lease: timedelta, due_slots: DueSlots, *, supersede: bool) -> Claim | None:
    """Claim the next slot of a job that nobody runs; None when there is none. Call inside `transaction()`.

    A slot whose runner died (its lease ran out) comes first: with `supersede` it gives way to a newer due slot, which does its
    work too; else it is run again. While a run of the job is alive no second one starts.
    """
    _lock(job)
    now = clock.now()
    alive = sa.exists().where(JobRun.job == job, JobRun.finished_at.is_(None), JobRun.lease_until >= now)
    if db.session.scalar(sa.select(alive)):
        return None
    slots = due_slots(_last_slot(job, now), now)
    abandoned = db.session.scalars(
        sa.select(JobRun).where(JobRun.job == job, JobRun.finished_at.is_(None)).order_by(JobRun.slot).limit(1)
    ).first()
    if abandoned is not None and not (supersede and slots):
        return _take_over(abandoned, worker, now + lease)
    if abandoned is not None:
        _end_all(job, now)
    return _insert(job, slots[0], worker, now, now + lease) if slots else None


def claim_manually(job: str, worker: str, lease: timedelta) -> Claim:
    """A run that somebody started by hand, beside the slots. Call inside `transaction()`."""
    now = clock.now()
    claim = _insert(job, now, worker, now, now + lease, manual=True)
    assert claim is not None, "two manual runs within a microsecond"
    return claim


def abandoned_jobs() -> list[str]:
    """Jobs with a slot whose runner died."""
    query = sa.select(JobRun.job).where(JobRun.finished_at.is_(None), JobRun.lease_until < clock.now()).distinct()
    return list(db.session.scalars(query))


def renew(claim_id: int, lease: timedelta) -> None:
    """The run is alive and keeps its slot."""
    _set(claim_id, lease_until=clock.now() + lease)


def finish(claim_id: int, outcome: str, detail: str | None) -> None:
    """Write the end of a run into the log."""
    _set(claim_id, finished_at=clock.now(), outcome=outcome, detail=detail[:DETAIL_LENGTH] if detail else None)


def last_runs() -> dict[str, JobRun]:
    """The newest run of each job."""
    newest = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.job)
    return {run.job: run for run in db.session.scalars(sa.select(JobRun).where(JobRun.id.in_(newest)))}


def _lock(job: str) -> None:
    # SQLite has one writer; on PostgreSQL two schedulers that look for slots at once look one after the other
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"job:{job}"))))


def _last_slot(job: str, now: datetime) -> datetime | None:
    # claims ahead of the clock (somebody turned it back) must not stop the job until they are reached again
    query = sa.select(sa.func.max(JobRun.slot)).where(JobRun.job == job, JobRun.manual.is_(False), JobRun.slot <= now)
    return db.session.scalar(query)


def _take_over(run: JobRun, worker: str, lease_until: datetime) -> Claim:
    _set(run.id, worker=worker, lease_until=lease_until, attempts=run.attempts + 1)
    return Claim(run.id, run.job, run.slot, run.attempts + 1)


def _end_all(job: str, now: datetime) -> None:
    statement = sa.update(JobRun).where(JobRun.job == job, JobRun.finished_at.is_(None))
    db.session.execute(
        statement.values(finished_at=now, outcome=SUPERSEDED, detail="its runner died; a later slot does its work")
    )


def _insert(job: str, slot: datetime, worker: str, now: datetime, lease_until: datetime, *, manual: bool = False) -> Claim | None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    values = {"job": job, "slot": slot, "worker": worker, "manual": manual, "started_at": now, "lease_until": lease_until}
    statement = insert(JobRun).values(attempts=1, **values).on_conflict_do_nothing(index_elements=["job", "slot"])
    claim_id = db.session.scalar(statement.returning(JobRun.id))
    return None if claim_id is None else Claim(claim_id, job, slot, 1)


def _set(claim_id: int, **values: object) -> None:
    db.session.execute(sa.update(JobRun).where(JobRun.id == claim_id).values(**values))
