"""Other working days and hours than Monday to Friday, nine to five: waves, mails after an event, reminders, and what leaves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.listening.naming import when_mails_leave
from feedback.listening.triggers import ask_by_mail
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.uow import transaction
from jobs import send_surveys
from tests.factories import make_account
from tests.logins import token
from tests.slices.listening.asking import ACTOR, ask, draw_up, rehearsed, start
from tests.smtp import Mailbox

SATURDAY_EVENING = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def usual_again(app: Flask) -> Iterator[None]:
    settings = app.extensions["closedloop_settings"]
    yield
    settings.mail_days, settings.mail_hours = "mon-fri", "9-17"


def work(app: Flask, days: str, hours: str) -> None:
    settings = app.extensions["closedloop_settings"]
    settings.mail_days, settings.mail_hours = days, hours


def send_at(moment: datetime, post: Mailbox) -> int:
    with clock.frozen(moment):
        send_surveys.send()
    return len(post.raw)


def test_a_wave_can_be_tried_on_a_saturday_evening(app: Flask, post: Mailbox) -> None:
    work(app, "mon-sun", "0-24")
    with clock.frozen(SATURDAY_EVENING):
        ask(make_account())
        start(draw_up(starts_on=SATURDAY_EVENING.date()))
    assert send_at(SATURDAY_EVENING, post) == 1


def test_hours_that_end_soon_squeeze_a_wave(app: Flask, post: Mailbox) -> None:
    work(app, "mon-sun", "0-21")
    with clock.frozen(SATURDAY_EVENING):
        for _ in range(8):
            ask(make_account(), time_zone="UTC")
        start(draw_up(starts_on=SATURDAY_EVENING.date(), callbacks_per_owner_day=None))
    assert 0 < send_at(SATURDAY_EVENING + timedelta(minutes=20), post) < 8
    assert send_at(SATURDAY_EVENING + timedelta(minutes=59), post) == 8


def test_sunday_to_thursday(app: Flask, now: datetime) -> None:
    work(app, "sun-thu", "08:30-18")
    for _ in range(12):
        ask(make_account(), time_zone="Asia/Riyadh")
    days = rehearsed(draw_up(per_day=1, ends_on=date(2026, 12, 10))).per_day
    assert list(days) == [date(2026, 11, day) for day in (23, 24, 25, 26, 29, 30)] + [
        date(2026, 12, day) for day in (1, 2, 3, 6, 7, 8)
    ]


def test_after_an_event(app: Flask, now: datetime) -> None:
    work(app, "mon-fri", "18-24")
    account = make_account()
    contact = ask(account)
    with transaction():
        asked = ask_by_mail(account, contact, survey="relationship", hours=2, actor=ACTOR)
    assert asked.send_at == datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def test_reminders_too(app: Flask, post: Mailbox, now: datetime) -> None:
    ask(make_account())
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(reminder_days=[5]))
    start(draw_up(ends_on=now.date()))
    work(app, "sat", "10-12")
    saturday = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
    sent = [send_at(moment, post) for moment in (now.replace(hour=9), saturday - timedelta(minutes=1), saturday)]
    assert sent == [0, 0, 1]  # planned for Monday by other hours: what the hours say when it would leave decides
    db.session.rollback()
    assert db.session.scalar(sa.select(Invitation.next_reminder_at)) == saturday + timedelta(days=7)


def test_a_wave_of_days_without_mails_is_refused(app: Flask, client: FlaskClient, now: datetime) -> None:
    body = {"survey": "relationship", "name": "Weekend", "starts_on": "2026-11-28", "ends_on": "2026-11-29"}
    answer = client.post("/api/v1/waves", json=body, headers=token(app, "write"))
    assert answer.status_code == 422
    assert answer.json["errors"] == {
        "ends_on": ["No mail leaves on any of these days. Mails leave in each person's own time zone: Mon–Fri, 09:00–17:00."]
    }
    work(app, "sun", "9-17")
    assert client.post("/api/v1/waves", json=body, headers=token(app, "write")).status_code == 201


def test_a_change_to_such_days_is_refused_too(app: Flask, now: datetime) -> None:
    with pytest.raises(InvalidInput):
        draw_up(starts_on=date(2026, 11, 28), ends_on=date(2026, 11, 28))


@pytest.mark.parametrize(
    ("days", "hours", "language", "said"),
    [
        ("mon-fri", "9-17", "en", "Mails leave in each person's own time zone: Mon–Fri, 09:00–17:00."),
        ("sun-thu", "08:30-18", "es", "Los correos salen según la zona horaria de cada persona: dom–jue, 08:30–18:00."),
        ("mon,wed-fri", "9-17", "ru", "Письма уходят по местному времени каждого человека: пн, ср–пт, 09:00–17:00."),
        ("mon-sun", "0-24", "en", "Mails leave in each person's own time zone: every day, at any hour."),
    ],
)
def test_hours_in_words(app: Flask, days: str, hours: str, language: str, said: str) -> None:
    work(app, days, hours)
    with app.test_request_context(headers={"Accept-Language": language}):
        assert when_mails_leave() == said
