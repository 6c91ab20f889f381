"""Whatever comes, whatever people choose meanwhile, whoever is killed: each notice is mailed once, or the log says why not."""

import random
import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import time, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
from flask import Flask

from feedback.access.rules import Role
from feedback.kernel import clock
from feedback.outbox.delivery import Handlers, deliver_due
from feedback.telling import digests
from feedback.telling.log import Fate, LogFilter, lines
from feedback.telling.mailing import send_digest, send_mail
from feedback.telling.notices import SEND_MAIL, write_notices
from feedback.telling.people import recipients
from feedback.telling.rules.quiet import quiet_until
from feedback.telling.rules.topics import Channel, Mode, Topic
from jobs import collect_notices
from tests.factories import make_user
from tests.slices.telling.conftest import NOW, tell, wish

STEPS, LEASE = 70, timedelta(seconds=60)
KINDS = {"issue_opened": Topic.MINE, "issue_voice": Topic.VOICES, "issue_graver": Topic.ESCALATION}
ZONES = ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]


class KilledError(BaseException):
    """The process is gone."""


def said_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


class World:
    """A few people, a mail server that notes what it took, and somebody who kills processes now and then."""

    def __init__(self, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chance, self.patch = random.Random(seed), monkeypatch
        self.now = NOW + timedelta(days=self.chance.randrange(-40, 130), minutes=self.chance.randrange(1440))
        self.people = [make_user(Role.FRONTLINE, time_zone=zone, email=f"{place}@x.example") for place, zone in enumerate(ZONES)]
        self.taken: dict[str, set[str]] = defaultdict(set)  # news → Message-IDs of the mails that named it
        self.news: dict[str, int] = {}
        self.deadly = False

    def send(self, mail: EmailMessage, **_options: Any) -> None:
        """The mail server: it takes every mail; then the process may die before anybody notes it."""
        self._is_not_woken(mail)
        for number in re.findall(r"[Ii]ssue ([0-9]+) ", said_in(mail)):
            self.taken[number].add(mail["Message-ID"])
        if self.deadly and self.chance.random() < 0.3:
            raise KilledError

    def _is_not_woken(self, mail: EmailMessage) -> None:
        person = recipients(self.people)[self.people[int(mail["To"].split("@")[0])]]
        if "graver" not in said_in(mail):
            assert quiet_until(person.wishes.quiet, person.wishes.zone, clock.now()) is None

    def step(self) -> None:
        """Something happens."""
        happenings: list[Callable[[], None]] = [self.hear, self.hear, self.choose, self.pass_time, self.work, self.work]
        with clock.frozen(self.now):
            self.chance.choice(happenings)()

    def hear(self) -> None:
        """News for somebody."""
        number, person = str(len(self.news) + 1000), self.chance.choice(self.people)
        self.news[number] = person
        tell(person, int(number), self.chance.choice(list(KINDS)))

    def choose(self) -> None:
        """Somebody wants to hear differently."""
        modes = {(topic, Channel.MAIL): self.chance.choice([*Mode, Mode.DAILY, Mode.AT_ONCE]) for topic in KINDS.values()}
        start, end = self.chance.randrange(18, 24), self.chance.randrange(4, 10)
        quiet = (time(start), time(end, 30)) if self.chance.random() < 0.6 else (None, None)
        times = {"digest_hour": self.chance.randrange(24), "digest_weekday": self.chance.randrange(7)}
        wish(self.chance.choice(self.people), modes=modes, quiet_from=quiet[0], quiet_until=quiet[1], urgent_passes=True, **times)

    def pass_time(self) -> None:
        """Minutes, hours or days."""
        self.now += timedelta(minutes=self.chance.choice([1, 7, 90, 600, 2000]))

    def work(self) -> None:
        """The jobs run, one of them twice, and each may be killed anywhere."""
        self.deadly = True
        for job in (self._deliver, self._collect, self._collect, self._deliver):
            with suppress(KilledError):
                job()
        self.deadly = False

    def _collect(self) -> None:
        with self.patch.context() as patched:
            if self.deadly and self.chance.random() < 0.3:
                patched.setattr(digests, "enqueue_many", self._die)
            collect_notices.run()

    def _die(self, *_arguments: Any) -> None:
        raise KilledError

    def _deliver(self) -> None:
        outside: Any = {SEND_MAIL: partial(send_mail, self), digests.SEND_DIGEST: partial(send_digest, self)}
        deliver_due(Handlers({"notify_user": write_notices}, outside), lease=LEASE)

    def settle(self) -> None:
        """Nobody is killed any more, and three weeks go by."""
        for _hours in range(12 * 21):
            self.now += timedelta(hours=2)
            with clock.frozen(self.now):
                self._deliver()
                self._collect()
                self._deliver()


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_lost_and_nothing_comes_twice(app: Flask, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "smtp_url", "smtp://nobody.invalid")
    world = World(seed, monkeypatch)
    for _step in range(STEPS):
        world.step()
    world.settle()
    off = {str(line.params["number"]) for line in lines(LogFilter(Fate.NOT_SENT, Channel.MAIL), limit=500) if line.params}
    mails = {number: len(world.taken[number]) for number in world.news}
    assert mails == {number: int(number not in off) for number in world.news}
    assert len(lines(LogFilter(Fate.HANDED_OVER, Channel.MAIL), limit=500)) == len(world.news) - len(off) > 5
