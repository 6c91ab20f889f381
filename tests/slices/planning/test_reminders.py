"""Reviews are remembered once before and once when missed; the board lists them and who has no plan."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction
from jobs.remember_reviews import run
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_team, make_user
from tests.slices.gate.world import NOW
from tests.slices.planning.desk import PLANS, Desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    found = Desk(app)
    with app.app_context():
        team = make_team()
        make_user(Role.FRONTLINE, team_id=team, leads_team=True, name="Lea")
        with transaction() as session:
            session.execute(sa.update(Account).where(Account.id == found.account).values(team_id=team))
    return found


def told(desk: Desk, at: datetime) -> list[str]:
    """The kinds of notices after the job ran at a moment, one for each person."""
    with desk.app.app_context(), clock.frozen(at):
        run()
        db.session.rollback()
        rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
        return [row.payload["kind"] for row in rows if row.payload.get("kind", "").startswith("review_")]


def test_a_review_is_remembered_the_day_before_and_once(desk: Desk) -> None:
    desk.add(desk.make(), "reviews", starts_at="2026-11-05T09:00:00Z")
    moments = [NOW, NOW + timedelta(days=2), NOW + timedelta(days=2, hours=1)]
    assert [told(desk, at) for at in moments] == [[], ["review_due"], ["review_due"]]


def test_a_missed_review_is_told_the_manager_and_the_lead_once(desk: Desk) -> None:
    desk.add(desk.make(), "reviews", starts_at="2026-11-01T09:00:00Z")
    later = NOW + timedelta(days=1)
    assert told(desk, later) == ["review_missed", "review_missed"]
    assert told(desk, later + timedelta(days=3)) == ["review_missed", "review_missed"]


def test_a_review_that_was_held_or_called_off_is_not_missed(desk: Desk) -> None:
    plan = desk.add(desk.make(), "reviews", starts_at="2026-11-01T09:00:00Z")
    plan = desk.add(plan, "reviews", starts_at="2026-11-01T10:00:00Z")
    for review, change in zip(plan["reviews"], ({"agreed": "x"}, {"cancelled": True}), strict=True):
        with clock.frozen(NOW):
            path = f"{PLANS}/{plan['id']}/reviews/{review['id']}"
            plan = desk.client.patch(path, json={"version": plan["version"], **change}).get_json()
    assert told(desk, NOW + timedelta(days=5)) == []


def test_the_board_lists_missed_reviews_and_who_has_no_plan(desk: Desk) -> None:
    plan = desk.add(desk.make(), "reviews", starts_at="2026-10-30T09:00:00Z")
    plan = desk.add(plan, "objectives", text="x")
    with desk.app.app_context(), clock.frozen(NOW):
        make_account(name="Forgotten", owner_id=desk.other)
        desk.client.post(f"{PLANS}/{plan['id']}/transitions", json={"version": plan["version"], "to": "active"})
    with clock.frozen(NOW), viewing(desk.app, desk.executive) as viewer:
        page = texts(body_of(viewer, "/app/plans"))
    for part in ("Reviews that have no minutes", "Nordbau", "1 of 2 customers (50%) have a plan", "Forgotten"):
        assert part in page
