"""Mail carriers are killed again and again: no mail is lost, and a repeat is the same mail."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.outbox.models import Notification, OutboxMessage
from feedback.outbox.service import enqueue_many
from feedback.uow import transaction
from tests.conftest import SECRET
from tests.factories import make_user
from tests.smtp import mail_server

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
MAILS, KILLS = 60, 2


def waiting(app: Flask) -> int:
    with app.app_context():
        query = sa.select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.delivered_at.is_(None))
        return db.session.scalar(query) or 0


def write_notices(app: Flask) -> None:
    with app.app_context():
        user = make_user(Role.FRONTLINE)
        payload = {"user_id": user, "kind": "issue_escalated", "params": {"account": "x", "number": 1}, "link": "/"}
        with transaction():
            enqueue_many([("notify_user", f"cause-{number}", payload) for number in range(MAILS)])


def test_carriers_that_are_killed_lose_no_mail_and_repeat_only_the_one_in_hand(app: Flask) -> None:
    settings = app.extensions["closedloop_settings"]
    write_notices(app)
    with mail_server() as box:
        values = {"DATA_DIR": settings.data_dir, "SECRET_KEY": SECRET, "SMTP_URL": box.url, "OUTBOX_LEASE_SECONDS": 1}
        environment = os.environ | {f"CLOSEDLOOP_{name}": str(value) for name, value in values.items()}
        environment |= {"DATABASE_URL": settings.database_url}
        command = [sys.executable, "-m", "tests.faults.mail_process"]
        limit = time.monotonic() + 90
        for kill in range(KILLS + 1):
            had = len(box.raw)
            with subprocess.Popen(command, cwd=ROOT, env=environment) as carrier:
                while (len(box.raw) == had or kill == KILLS) and waiting(app):
                    assert time.monotonic() < limit, "the mails do not arrive"
                    time.sleep(0.01)
                time.sleep(random.random() * 0.05)
                carrier.kill()
    sent = Counter(mail["Message-ID"] for mail in box.mails)
    assert len(sent) == MAILS
    assert sum(sent.values()) - MAILS <= KILLS
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Notification)) == MAILS
