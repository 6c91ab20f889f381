"""A mail server with which three of ten attempts go wrong, in every way that one can: no mail is lost, and none leaves twice."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.accounts.models import Contact
from feedback.egress import smtp
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.models import SurveyMail
from feedback.outbox.models import OutboxMessage
from feedback.outbox.queries import dead_messages
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState
from jobs import send_surveys
from tests.factories import make_account
from tests.slices.listening.asking import ask, draw_up, start
from tests.smtp import FOR_GOOD, GREY, TEMPORARY, Mailbox, troubles

EVENING = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # everybody of Monday is due, and mails may still leave for half an hour
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PEOPLE, SHARE = 150, 0.3


@pytest.fixture(autouse=True)
def _impatient(app: Flask, post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["closedloop_settings"], "mails_per_second", 1000)
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    monkeypatch.setattr(smtp, "TAKING", 5.0)
    post.silence, post.per_connection = 0.4, 20


def _people() -> list[str]:
    for _ in range(PEOPLE):
        ask(make_account())
    start(draw_up(ends_on=EVENING.date(), callbacks_per_owner_day=None))
    return [address for address in db.session.scalars(sa.select(Contact.email)) if address]


def _carry() -> None:
    for minutes in (*range(0, 30, 2), *range(15 * 60 + 30, 30 * 60, 10)):
        with clock.frozen(EVENING + timedelta(minutes=minutes)):
            send_surveys.send()
            waiting = sa.select(sa.func.count()).where(Invitation.state.in_((InvitationState.PLANNED, InvitationState.QUEUED)))
            if not db.session.scalar(waiting):
                return


@pytest.mark.parametrize("seed", [1, 2])
def test_none_is_lost_and_none_leaves_twice(post: Mailbox, seed: int) -> None:
    addresses, chance = _people(), random.Random(seed)
    scripts = {address: troubles(chance, SHARE) for address in addresses}
    refused = {address for address, script in scripts.items() if script and script[-1] in FOR_GOOD}
    post.script = {address: list(script) for address, script in scripts.items()}
    _carry()
    told = Counter(word for script in scripts.values() for word in script)
    assert set(told) >= {*TEMPORARY, GREY[0]}  # every kind of trouble came
    assert refused
    delivered = Counter(str(mail["To"]) for mail in post.mails)
    assert set(delivered) == set(addresses) - refused
    assert set(delivered.values()) == {1}
    assert len({mail["Message-ID"] for mail in post.mails}) == len(post.raw)
    _check_what_is_stored(refused)


def _check_what_is_stored(refused: set[str]) -> None:
    """What the database says is what the mail server saw."""
    db.session.rollback()
    rows = db.session.execute(sa.select(Contact.email, Invitation.state).join(Contact, Contact.id == Invitation.contact_id))
    states = {address: state for address, state in rows}  # noqa: C416  typed rows
    assert {address for address, state in states.items() if state is InvitationState.SENT} == set(states) - refused
    assert {states[address] for address in refused} <= {InvitationState.BOUNCED, InvitationState.FAILED}
    open_mails = (SurveyMail.sent_at.is_(None), SurveyMail.stopped_at.is_(None))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(SurveyMail).where(*open_mails)) == 0
    open_messages = (OutboxMessage.kind == "send_survey", OutboxMessage.delivered_at.is_(None), OutboxMessage.dead_at.is_(None))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage).where(*open_messages)) == 0
    assert len(dead_messages()) == len(refused)
