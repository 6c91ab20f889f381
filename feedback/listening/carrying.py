"""Carrying mails to the mail server: several connections at once, at the pace of the setting."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, partial

from flask import Flask, current_app

from config import Settings
from feedback.egress.smtp import Mailer, Pace
from feedback.egress.sources import signer_of
from feedback.listening.sending import KIND, give_up, is_anything_due, queue_due, send_survey
from feedback.outbox.delivery import Delivered, Handlers, count_due, deliver_next
from feedback.uow import end_reading, transaction

LOOK_EVERY = 0.5  # seconds, while nothing is due


@lru_cache(maxsize=4)
def pace_of(per_second: float) -> Pace:
    """The one pace of this process: it holds across runs."""
    return Pace(per_second)


@dataclass
class _Carrier:
    """The mail servers' connections of one run, and what came of it."""

    app: Flask
    settings: Settings
    until: float
    mailers: list[Mailer]
    total: Delivered = field(default_factory=Delivered)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def carry_all(self, waiting: int) -> None:
        """Deliver what is in the outbox, with as many connections as that needs."""
        many = self.mailers[: max(1, min(len(self.mailers), waiting))]
        if len(many) == 1:
            self.carry(many[0])
            return
        with ThreadPoolExecutor(len(many), thread_name_prefix="mail") as pool:
            runs = [pool.submit(copy_context().run, self._in_thread, mailer) for mailer in many]
        for run in runs:
            run.result()

    def _in_thread(self, mailer: Mailer) -> None:
        with self.app.app_context():
            self.carry(mailer)

    def carry(self, mailer: Mailer) -> None:
        """One message after the other, until none is due or the time is over."""
        lease, pace = timedelta(seconds=self.settings.mail_lease_seconds), pace_of(self.settings.mails_per_second)
        handlers = Handlers({}, {KIND: partial(send_survey, mailer)}, {KIND: give_up})
        mine, more = Delivered(), True
        while more and not (mine.halted or self.total.halted) and time.monotonic() < self.until:
            pace.wait()
            more = deliver_next(KIND, handlers, lease=lease, total=mine)
        with self.lock:
            self.total.delivered += mine.delivered
            self.total.failed += mine.failed
            self.total.dead += mine.dead
            self.total.halted = self.total.halted or mine.halted


def carry_mails(seconds: float | None = None) -> Delivered:
    """Send every survey mail that is due; with `seconds` also those that become due meanwhile, and no longer than that.

    It ends early when the mail server takes nothing at all.
    """
    settings: Settings = current_app.extensions["closedloop_settings"]
    if not settings.smtp_url:  # the mails of a wave wait where they are
        return Delivered()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    until = float("inf") if seconds is None else time.monotonic() + seconds
    with ExitStack() as stack:
        signer = signer_of(settings)
        mailers = [stack.enter_context(Mailer(settings.smtp_url, signer)) for _ in range(settings.mail_connections)]
        carrier = _Carrier(app, settings, until, mailers)
        batch = max(int(settings.mails_per_second) * 5, settings.mail_connections)
        while not carrier.total.halted and time.monotonic() < until:
            waiting = _queue(batch)
            if waiting:
                carrier.carry_all(waiting)
            elif seconds is None:
                break
            else:
                time.sleep(min(LOOK_EVERY, max(until - time.monotonic(), 0)))
        return carrier.total


def _queue(batch: int) -> int:
    """How many messages wait, after what has become due meanwhile was put into the outbox."""
    waiting = count_due(KIND, batch)
    end_reading()
    if waiting < batch and is_anything_due():
        with transaction():
            waiting += queue_due(batch - waiting)
    return waiting
