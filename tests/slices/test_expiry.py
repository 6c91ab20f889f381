"""Answers that grow too old, and records that have served their purpose."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.models import LoginAttempt
from feedback.access.rules import Role
from feedback.accounts.models import AccountContact
from feedback.accounts.rules import ContactRole
from feedback.audit.models import AuditEvent, JobRun
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.outbox.service import enqueue
from feedback.uow import transaction
from feedback.web.models import IdempotencyRecord
from jobs import expire_feedback, purge_records
from tests.factories import insert, make_account, make_contact, make_user
from tests.slices.issues.answers import make_response

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=366)


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(NOW):
        yield


def managed(role: ContactRole = ContactRole.DECISION_MAKER) -> tuple[int, int]:
    account = make_account(owner_id=make_user(Role.ACCOUNT_MANAGER), name="Nordbau")
    return account, make_contact(account, role)


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_account_manager_hears_once_that_a_decision_makers_answer_expired() -> None:
    account, contact = managed()
    make_response(account, contact, 9, OLD)
    assert [expire_feedback.run() for _ in range(2)] == ["1 answers expired", None]
    (payload,) = db.session.scalars(sa.select(OutboxMessage.payload))
    assert (payload["kind"], payload["params"], payload["link"]) == (
        "feedback_expired",
        {"account": "Nordbau"},
        f"/app/accounts/{account}",
    )
    assert db.session.scalars(sa.select(AuditEvent.data)).one()["account_id"] == account


@pytest.mark.parametrize("days", [364, 400])
def test_an_answer_that_still_counts_or_expired_long_ago_is_no_news(days: int) -> None:
    account, contact = managed()
    make_response(account, contact, 9, NOW - timedelta(days=days))
    assert expire_feedback.run() is None


def test_a_newer_answer_of_the_same_person_outlives_the_old_one() -> None:
    account, contact = managed()
    make_response(account, contact, 9, OLD)
    make_response(account, contact, 9, NOW - timedelta(days=10))
    assert expire_feedback.run() is None


def test_only_decision_makers_who_are_still_there_count() -> None:
    user_account, user = managed(ContactRole.USER)
    make_response(user_account, user, 9, OLD)
    left_account, left = managed()
    make_response(left_account, left, 9, OLD)
    with transaction() as session:
        session.execute(sa.update(AccountContact).where(AccountContact.contact_id == left).values(left_at=NOW))
    assert expire_feedback.run() is None


def test_old_records_are_purged_and_young_ones_stay() -> None:
    for days in (0.5, 4, 100):
        at = NOW - timedelta(days=days)
        insert(IdempotencyRecord, principal="x", key=str(days), fingerprint="", created_at=at)
        insert(LoginAttempt, email="x", address="x", attempted_at=at, succeeded=False)
        insert(JobRun, job="x", slot=at, manual=False, worker="x", attempts=1, lease_until=at, started_at=at, finished_at=at)
        with transaction():
            enqueue("x", str(days), {})
    with transaction() as session:
        session.execute(sa.update(OutboxMessage).where(OutboxMessage.key == "100").values(delivered_at=NOW - timedelta(days=100)))
    purge_records.run()
    kept = [count(model) for model in (IdempotencyRecord, LoginAttempt, JobRun, OutboxMessage)]
    assert kept == [1, 1, 2, 2]
