"""A Monday morning, and a mail server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.kernel import clock
from feedback.surveys.service import invite_contact
from feedback.uow import transaction
from tests.factories import make_account, make_contact, make_defect
from tests.slices.listening.visiting import START, Visitor
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


@pytest.fixture
def link(app: Flask) -> str:
    with app.app_context():
        account = make_account(external_id="acme", segment="large")
        contact = make_contact(account, external_id="ana", language="en", time_zone="Europe/Madrid")
        make_defect("late", wording={"en": "My claim took too long"})
        with clock.frozen(START - timedelta(days=1)), transaction():
            url = invite_contact(account, contact, actor="test").url
    return urlsplit(url).path


@pytest.fixture
def person(client: FlaskClient, link: str) -> Visitor:
    return Visitor(client, link)
