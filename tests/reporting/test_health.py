"""Readiness: each broken state is named and answers 503."""

import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.audit.models import JobRun
from feedback.kernel import clock
from feedback.outbox import service as outbox
from feedback.outbox.models import OutboxMessage
from feedback.reporting import health
from feedback.uow import transaction
from tests.factories import insert

Usage = namedtuple("Usage", "total used free")
GB = 1024**3


@pytest.fixture
def ready(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An installation in good order."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(100 * GB, 50 * GB, 50 * GB))
    with app.app_context():
        insert(JobRun, job="x", slot=clock.now(), worker="w", started_at=clock.now(), lease_until=clock.now())
    return app


def _failed(client: FlaskClient) -> list[str]:
    response = client.get("/readyz")
    failed: list[str] = response.json["failed"]
    assert response.status_code == (503 if failed else 200)
    return failed


def test_the_process_says_that_it_lives(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "alive"}


def test_an_installation_in_good_order_is_ready(ready: Flask, client: FlaskClient) -> None:
    assert client.get("/readyz").json["status"] == "ready"
    assert _failed(client) == []


def test_without_any_job_the_scheduler_is_named(app: Flask, client: FlaskClient) -> None:
    assert "scheduler" in _failed(client)


def test_a_silent_scheduler_is_named(ready: Flask, client: FlaskClient) -> None:
    with clock.frozen(clock.now() + timedelta(minutes=4)):
        assert _failed(client) == ["scheduler"]


def test_a_late_outbox_is_named(ready: Flask, client: FlaskClient) -> None:
    with ready.app_context():
        with transaction():
            outbox.enqueue("mail", "k", {})
        with transaction() as session:
            session.execute(sa.update(OutboxMessage).values(available_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert _failed(client) == ["outbox"]


def test_a_message_that_was_given_up_is_not_late(ready: Flask, client: FlaskClient) -> None:
    with ready.app_context():
        with transaction():
            outbox.enqueue("mail", "k", {})
        with transaction() as session:
            long_ago = datetime(2026, 1, 1, tzinfo=UTC)
            session.execute(sa.update(OutboxMessage).values(available_at=long_ago, dead_at=long_ago))
    assert client.get("/readyz").json["status"] == "ready"


@pytest.mark.parametrize(("total", "free"), [(100 * GB, 0.1 * GB), (30 * GB, 2 * GB)])
def test_a_full_disk_is_named(
    ready: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, total: float, free: float
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(total, total - free, free))
    assert _failed(client) == ["disk"]


def test_an_old_revision_is_named(ready: Flask, client: FlaskClient) -> None:
    with ready.app_context(), transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    assert _failed(client) == ["migrations"]


def test_a_dead_database_is_named(ready: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise sa.exc.OperationalError("BEGIN", {}, Exception("disk I/O error"))

    monkeypatch.setattr(health, "_database", refuse)
    assert _failed(client) == ["database", "migrations", "outbox", "scheduler"]
