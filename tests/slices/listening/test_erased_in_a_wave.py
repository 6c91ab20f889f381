"""Somebody is erased while a wave runs: planned, in the outbox, in the middle of a mail, asked, and due for a reminder."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Contact
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop.erasure import erase_person
from feedback.egress.smtp import Mailer
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.listening.models import SurveyMail
from feedback.listening.sending import queue_due
from feedback.outbox.models import OutboxMessage
from feedback.permission.models import Suppression
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from jobs import send_surveys
from tests.factories import make_account
from tests.slices.listening.asking import ask, draw_up, invitation_of, start
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATE = MONDAY + timedelta(hours=9, minutes=30)
ADDRESS = "zephyrine@canary.example"


@pytest.fixture(autouse=True)
def _fast(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "mails_per_second", 1000)


@pytest.fixture
def canary(post: Mailbox) -> int:
    """Asked on Monday, reminded on Thursday, together with somebody else."""
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(reminder_days=[3]))
    person = ask(make_account(), name="Zephyrine Quillfeather", email=ADDRESS)
    ask(make_account(), email="ben@else.example")
    start(draw_up(ends_on=MONDAY.date()))
    return person


def erase(contact_id: int) -> None:
    with transaction():
        erase_person(contact_id, ErasureReason.REQUESTED, actor="user:1")


def carry(at: datetime) -> None:
    db.session.rollback()
    with clock.frozen(at):
        send_surveys.send()
    db.session.rollback()


def traces() -> list[str]:
    db.session.rollback()
    rows = [
        (table.name, str(tuple(row))) for table in Model.metadata.sorted_tables for row in db.session.execute(sa.select(table))
    ]
    return [f"{name}: {row}" for name, row in rows if "canary" in row.lower() or "zephyrine" in row.lower()]


def nothing_is_left(contact_id: int) -> None:
    invitation = invitation_of(contact_id)
    gone = (invitation.address, invitation.token_digest, invitation.nonce, invitation.next_reminder_at)
    assert gone == (None, None, None, None)
    assert invitation.state is InvitationState.STOPPED
    assert traces() == []


def test_planned(canary: int, post: Mailbox) -> None:
    erase(canary)
    carry(LATE)
    assert post.recipients == ["ben@else.example"]
    nothing_is_left(canary)


def test_in_the_outbox(canary: int, post: Mailbox) -> None:
    with clock.frozen(LATE), transaction():
        assert queue_due() == 2
    assert invitation_of(canary).state is InvitationState.QUEUED
    erase(canary)
    carry(LATE)
    assert post.recipients == ["ben@else.example"]
    assert db.session.scalars(sa.select(OutboxMessage.delivered_at.is_not(None))).all() == [True, True]
    nothing_is_left(canary)


@pytest.mark.parametrize("reply", ["250 welcome", f"550 5.1.1 <{ADDRESS}> no such user", f"550 5.7.1 {ADDRESS} is refused"])
def test_while_the_mail_server_thinks(
    canary: int, post: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reply: str
) -> None:
    send = Mailer.send

    def slow(self: Mailer, mail: object, **values: object) -> None:
        if "canary" in str(mail["To"]):  # type: ignore[index]
            erase(canary)
        send(self, mail, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(Mailer, "send", slow)
    post.script[ADDRESS] = [reply]
    carry(LATE)
    carry(LATE + timedelta(days=4))
    assert post.recipients.count(ADDRESS) == (1 if reply.startswith("250") else 0)
    assert post.recipients.count("ben@else.example") == 2
    nothing_is_left(canary)
    assert db.session.scalars(sa.select(Suppression)).all() == []
    assert "canary" not in caplog.text


def test_asked_and_due_for_a_reminder(canary: int, post: Mailbox) -> None:
    carry(LATE)
    assert sorted(post.recipients) == ["ben@else.example", ADDRESS]
    thursday = invitation_of(canary).next_reminder_at
    assert thursday is not None
    with clock.frozen(thursday), transaction():
        assert queue_due() == 2
    erase(canary)
    carry(thursday)
    assert post.recipients.count(ADDRESS) == 1
    assert post.recipients.count("ben@else.example") == 2
    nothing_is_left(canary)
    assert db.session.scalar(sa.select(sa.func.count(SurveyMail.sent_at))) == 3


def test_after_the_address_was_struck_off_and_corrected(canary: int, post: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    post.script[ADDRESS] = [f"550 5.1.1 <{ADDRESS}> no such user"]
    carry(LATE)
    assert "canary" not in caplog.text
    (entry,) = db.session.scalars(sa.select(Suppression))
    assert (entry.contact_id, entry.address) == (canary, ADDRESS)
    with transaction():
        db.session.get_one(Contact, canary).email = "new@canary.example"
    erase(canary)
    assert traces() == []
    assert db.session.scalars(sa.select(Invitation.state).where(Invitation.contact_id == canary)).all() == ["bounced"]
