"""A Monday morning, a manager of experience, and a mail server."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.kernel import clock
from tests.logins import token
from tests.smtp import Mailbox, mail_server

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def now(app: Flask) -> Iterator[datetime]:
    with app.app_context(), clock.frozen(MONDAY):
        yield MONDAY


@pytest.fixture
def manager(now: datetime, app: Flask) -> FlaskClient:
    """A system that runs initiatives and disruptions; a person's session would end while the clock is moved."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = token(app, "read", "write")["Authorization"]
    return client


@pytest.fixture
def post(now: datetime, app: Flask) -> Iterator[Mailbox]:
    with mail_server() as box:
        app.extensions["closedloop_settings"].smtp_url = box.url
        yield box
        app.extensions["closedloop_settings"].smtp_url = ""
