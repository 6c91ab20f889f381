"""Whatever comes in whatever order: no mail leaves after a stop signal was committed, also if it was queued already."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.came_back import record_failure
from feedback.listening.models import SurveyMail
from feedback.listening.rules.verdicts import Verdict
from feedback.listening.sending import queue_due
from feedback.listening.unsubscribe import find_recipient, stop_asking
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.surveys.tokens import make_nonce, token_digest
from feedback.uow import transaction
from jobs import send_surveys
from tests.factories import insert, make_account
from tests.slices.listening.asking import ask
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
STOPS = ("bounce", "complaint", "unsubscribe", "erasure")
STEPS = st.lists(st.sampled_from([*STOPS, "plan", "queue", "send", "day"]), min_size=4, max_size=10)


_NUMBERS = count()


def _plan(contact: int, account: int, address: str) -> None:
    nonce = make_nonce()
    survey = db.session.scalar(sa.select(SurveyProgram.id))
    now = clock.now()
    insert(
        Invitation,
        account_id=account,
        contact_id=contact,
        survey_id=survey,
        state=InvitationState.PLANNED,
        nonce=nonce,
        token_digest=token_digest(nonce),
        address=address,
        created_by="test",
        created_at=now,
        send_at=now,
        expires_at=now + timedelta(days=60),
    )


def _stop(kind: str, contact: int) -> bool:
    """Commit a stop signal; answers whether there was something it could come from."""
    db.session.rollback()
    row = db.session.scalars(sa.select(Invitation).where(Invitation.contact_id == contact).order_by(Invitation.id)).first()
    if row is None or (kind == "unsubscribe" and row.token_digest is None):
        return False
    sent = sa.select(SurveyMail.id).where(SurveyMail.invitation_id == row.id)
    if kind in ("bounce", "complaint") and db.session.scalar(sent) is None:  # no mail that could come back
        return False
    invitation_id, digest = row.id, row.token_digest
    with transaction() as session:
        if kind == "erasure":
            session.execute(sa.delete(Contact).where(Contact.id == contact))
        elif kind == "unsubscribe":
            person = find_recipient(str(digest))
            assert person is not None
            stop_asking(person)
        else:
            record_failure(invitation_id, 0, Verdict.DEAD if kind == "bounce" else Verdict.COMPLAINT, "5.1.1")
    return True


def _mails(box: Mailbox, address: str) -> int:
    """To this address: what an earlier list of steps left in the outbox may leave now."""
    return sum(f"\r\nTo: {address}\r\n".encode() in raw for raw in box.raw)


@given(STEPS)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mail_after_a_stop_signal_and_never_two_within_the_quarantine(box: Mailbox, steps: list[str]) -> None:
    account, address = make_account(), f"p{next(_NUMBERS)}@customer.example"
    contact = ask(account, email=address)

    now, stopped, erased, before = MONDAY, False, False, 0
    for step in steps:
        with clock.frozen(now):
            if step in STOPS and not erased:
                stopped = _stop(step, contact) or stopped
                erased = erased or (stopped and step == "erasure" and _is_gone(contact))
                before = _mails(box, address) if stopped else before
            elif step == "plan" and not erased:
                _plan(contact, account, address)
            elif step == "queue":
                with transaction():
                    queue_due()
            elif step == "send":
                send_surveys.send()
            elif step == "day":
                now += timedelta(days=1)
        if stopped:
            assert _mails(box, address) == before, steps
    assert _mails(box, address) <= 1


def _is_gone(contact: int) -> bool:
    return db.session.scalar(sa.select(Contact.id).where(Contact.id == contact)) is None


@pytest.fixture
def box(app: Flask, post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    for name, value in {"mails_per_second": 1000, "mail_connections": 1}.items():
        monkeypatch.setattr(app.extensions["closedloop_settings"], name, value)
    return post
