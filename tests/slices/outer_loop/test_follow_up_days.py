"""The day by which everybody in a follow-up is told: given by itself, changed with a reason, remembered, passed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.business_time import BusinessTime
from feedback.outbox.models import OutboxMessage
from feedback.outer_loop.models import FollowUpBatch
from feedback.outer_loop.rules.due import DueNews, days_late, due_news, working_day
from feedback.uow import transaction
from jobs import watch_follow_ups
from tests.factories import make_account, make_contact, make_team, make_user

BATCHES = "/api/v1/follow-up-batches"
MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOURS = BusinessTime(dict.fromkeys(range(5), ((9 * 60, 17 * 60),)), "UTC", lambda day: day == date(2026, 6, 8))


@pytest.fixture
def batch(manager: FlaskClient) -> int:
    """A follow-up that was made on a Monday, of a team with one person and a lead."""
    team_id = make_team()
    make_user(Role.FRONTLINE, team_id=team_id, email="ana@example.com")
    lead = make_user(Role.FRONTLINE, email="lead@example.com")
    with transaction() as session:
        session.execute(sa.update(User).where(User.id == lead).values(team_id=team_id, leads_team=True))
    make_contact(make_account(region="Iberia"), email="buyer@example.com")
    with clock.frozen(MONDAY):
        body = {"title": "Portal is down", "reach": {"regions": ["Iberia"]}, "team_id": team_id}
        made = manager.post("/api/v1/disruptions", json=body).get_json()["id"]
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        ended = manager.post(f"/api/v1/disruptions/{made}/transitions", json={"to": "over"})
    return int(ended.get_json()["batch_id"])


def told(kind: str) -> list[str]:
    """Keys of the notices of a kind."""
    found = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    return [message.key for message in found if message.payload.get("kind") == kind]


def change(client: FlaskClient, batch: int, **body: Any) -> Any:
    with clock.frozen(MONDAY):
        return client.patch(f"{BATCHES}/{batch}", json=body)


@pytest.mark.parametrize(("days", "day"), [(1, date(2026, 6, 5)), (2, date(2026, 6, 9)), (3, date(2026, 6, 10))])
def test_weekends_and_holidays_do_not_count(days: int, day: date) -> None:
    assert working_day(HOURS, date(2026, 6, 4), days) == day


@pytest.mark.parametrize(
    ("today", "said"),
    [(4, DueNews.NOTHING), (5, DueNews.SOON), (7, DueNews.SOON), (9, DueNews.TODAY), (10, DueNews.LATE)],
)
def test_it_is_said_on_the_working_day_before_on_the_day_and_behind_it(today: int, said: DueNews) -> None:
    assert due_news(HOURS, date(2026, 6, 9), date(2026, 6, today)) is said


def test_who_is_through_is_not_late() -> None:
    assert days_late(date(2026, 6, 5), MONDAY, date(2026, 6, 9)) == 0
    assert days_late(date(2026, 6, 5), None, date(2026, 6, 9)) == 4


def test_a_follow_up_is_due_ten_working_days_after_it_was_made(manager: FlaskClient, batch: int) -> None:
    with clock.frozen(MONDAY + timedelta(days=16)):
        (shown,) = manager.get(BATCHES).get_json()["items"]
    assert (shown["due_on"], shown["days_late"]) == ("2026-06-15", 2)


def test_another_day_needs_a_reason_and_lies_ahead(manager: FlaskClient, batch: int) -> None:
    refused = change(manager, batch, due_on="2026-05-29")
    assert refused.status_code == 422
    assert set(refused.get_json()["errors"]) == {"due_on", "reason"}


def test_why_the_day_was_changed_stays_on_record(manager: FlaskClient, batch: int) -> None:
    changed = change(manager, batch, due_on="2026-06-19", reason="Two of us are ill").get_json()
    assert changed["due_on"] == "2026-06-19"
    (entry,) = changed["day_changes"]
    assert (entry["before"], entry["after"], entry["reason"]) == ("2026-06-15", "2026-06-19", "Two of us are ill")


def test_each_thing_about_the_day_is_said_once(app: Flask, batch: int) -> None:
    with app.app_context():
        for day in (5, 11, 12, 14, 14, 15):
            with clock.frozen(MONDAY + timedelta(days=day)):
                watch_follow_ups.run()
        assert (len(told("follow_up_due")), len(told("follow_up_late"))) == (4, 2), "two people, the lead among them"


def test_the_new_day_is_remembered_anew(app: Flask, manager: FlaskClient, batch: int) -> None:
    with app.app_context(), clock.frozen(MONDAY + timedelta(days=14)):
        watch_follow_ups.run()
    change(manager, batch, due_on="2026-06-19", reason="Two of us are ill")
    with app.app_context(), clock.frozen(MONDAY + timedelta(days=18)):
        assert watch_follow_ups.run() == "1 done, 0 failed"


def test_nobody_is_reminded_of_a_closed_one(app: Flask, manager: FlaskClient, batch: int) -> None:
    change(manager, batch, closed=True)
    with app.app_context(), clock.frozen(MONDAY + timedelta(days=30)):
        assert watch_follow_ups.run() is None
        assert db.session.scalars(sa.select(FollowUpBatch.due_told)).all() == [DueNews.NOTHING]
