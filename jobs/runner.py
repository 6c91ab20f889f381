"""Runs due slots: claim, run, log. Any number of schedulers may do this at the same time."""

import logging
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from importlib import import_module

from flask import Flask, current_app

from feedback.audit import job_runs
from feedback.audit.job_runs import Claim
from feedback.extensions import db
from feedback.uow import transaction
from jobs.schedule import CatchUp, Job

log = logging.getLogger("closedloop.jobs")
_slot: ContextVar[datetime | None] = ContextVar("job_slot", default=None)


def current_slot() -> datetime:
    """The slot that is being run; for jobs that catch up each missed slot.

    Raises:
        LookupError: no job is running here.
    """
    slot = _slot.get()
    if slot is None:
        raise LookupError("no job is running")
    return slot


def worker_name() -> str:
    """This process, as the run log names it."""
    return f"{platform.node()}:{os.getpid()}"


def lease() -> timedelta:
    """How long a run keeps its slot without a sign of life."""
    return timedelta(seconds=current_app.extensions["closedloop_settings"].job_lease_seconds)


def _never() -> bool:
    return False


def run_due_slots(job: Job, stopping: Callable[[], bool] = _never) -> int:
    """Run every due slot of a job that nobody else runs, until `stopping` says so; answers how many."""
    return len(perform_due_slots(job, stopping))


def perform_due_slots(job: Job, stopping: Callable[[], bool] = _never) -> list[bool]:
    """The same; answers for each slot whether it went well."""
    ran = []
    while not stopping() and (claim := _claim(job)):
        ran.append(_perform(job, claim))
    return ran


def run_by_hand(job: Job) -> bool:
    """Run a job now, whatever its slots say; answers whether it went well."""
    with transaction():
        claim = job_runs.claim_manually(job.name, worker_name(), lease())
    return _perform(job, claim)


def _claim(job: Job) -> Claim | None:
    once = job.catch_up is CatchUp.ONCE
    with transaction():
        return job_runs.claim_next(job.name, worker_name(), lease(), job.due_slots, supersede=once)


def _perform(job: Job, claim: Claim) -> bool:
    token = _slot.set(claim.slot)
    try:
        with _signs_of_life(claim):
            detail = find_function(job)()
    except Exception as error:  # whatever one job does wrong, the others go on and the log says what happened
        log.exception("%s failed in slot %s", job.name, claim.slot.isoformat())
        _finish(claim, job_runs.FAILED, f"{type(error).__name__}: {error}")
        return False
    finally:
        _slot.reset(token)
        db.session.remove()
    _finish(claim, job_runs.DONE, detail)
    return True


def find_function(job: Job) -> Callable[[], str | None]:
    """The function that a line of the table names."""
    module, name = job.run.split(":")
    function: Callable[[], str | None] = getattr(import_module(module), name)
    return function


def _finish(claim: Claim, outcome: str, detail: str | None) -> None:
    with transaction():
        job_runs.finish(claim.id, outcome, detail)


@contextmanager
def _signs_of_life(claim: Claim) -> Iterator[None]:
    """Renew the lease while the block runs, so that a long run is not taken for a dead one."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    period, ended = lease(), threading.Event()

    def renew() -> None:
        while not ended.wait(period.total_seconds() / 3):
            with app.app_context(), transaction():
                job_runs.renew(claim.id, period)

    thread = threading.Thread(target=renew, name=f"lease of {claim.job}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
