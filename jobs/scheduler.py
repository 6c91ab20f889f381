"""The scheduler process: asks the runner at each trigger, and ends when it is told to, after the running jobs."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask

from feedback.audit import job_runs
from feedback.kernel import clock
from feedback.uow import end_reading
from jobs.runner import run_due_slots
from jobs.schedule import Every, Job

log = logging.getLogger("closedloop.jobs")
THREADS = 5  # one of them is nearly always taken by survey mails


def build_scheduler(app: Flask, schedule: Sequence[Job], stopping: Callable[[], bool]) -> BlockingScheduler:
    """A scheduler with every job of the table in memory. The triggers only wake the runner; the claims decide what runs.

    Once `stopping` says so no slot begins any more, also not the next one of a job that is catching up.
    """
    # a run that goes on looks for the next slot itself: that APScheduler did not wake it a second time is no news
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(THREADS)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in schedule:
        _add(scheduler, job.name, job.every, _in_context(app, job, stopping))
    half_a_lease = max(app.extensions["closedloop_settings"].job_lease_seconds // 2, 1)
    _add(scheduler, "take over from the dead", Every(half_a_lease), lambda: take_over(app, schedule, stopping))
    return scheduler


def _add(scheduler: BlockingScheduler, name: str, every: Every, function: Callable[[], object]) -> None:
    trigger = IntervalTrigger(seconds=every.seconds, start_date=every.first, timezone=UTC)
    # the first look is at the start: what was missed is caught up now, not at the next slot
    scheduler.add_job(function, trigger, id=name, name=name, next_run_time=clock.now())


def _in_context(app: Flask, job: Job, stopping: Callable[[], bool]) -> Callable[[], None]:
    def wake() -> None:
        with app.app_context():
            run_due_slots(job, stopping)

    return wake


def take_over(app: Flask, schedule: Sequence[Job], stopping: Callable[[], bool]) -> None:
    """Run slots whose runner died, without waiting for the job's next trigger."""
    with app.app_context():
        dead = set(job_runs.abandoned_jobs())
        end_reading()
        for job in schedule:
            if job.name in dead:
                run_due_slots(job, stopping)


def run_scheduler(app: Flask, schedule: Sequence[Job]) -> None:
    """Block until SIGTERM or SIGINT; then let the running jobs end and return."""
    stopping = threading.Event()
    scheduler = build_scheduler(app, schedule, stopping.is_set)

    def stop(signum: int, _frame: FrameType | None) -> None:
        log.info("%s: no new jobs, waiting for the running ones", signal.Signals(signum).name)
        stopping.set()
        # not in the signal handler itself: it may have interrupted the scheduler while it holds its lock
        threading.Thread(target=scheduler.shutdown, name="shutdown").start()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    scheduler.start()
    log.info("stopped")
