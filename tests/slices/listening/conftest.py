"""A Monday morning, and a mail server."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from feedback.kernel import clock
from tests.smtp import Mailbox, mail_server

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def now(app: Flask) -> Iterator[datetime]:
    with app.app_context(), clock.frozen(MONDAY):
        yield MONDAY


@pytest.fixture
def post(now: datetime, app: Flask) -> Iterator[Mailbox]:
    with mail_server() as box:
        app.extensions["closedloop_settings"].smtp_url = box.url
        yield box
        app.extensions["closedloop_settings"].smtp_url = ""
