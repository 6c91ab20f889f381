"""The account manager watches, reminds and escalates."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from tests.slices.issues.working.conftest import NOW, House


def told(app: Flask, kind: str) -> list[int]:
    with app.app_context():
        rows = db.session.scalars(sa.select(OutboxMessage.payload).order_by(OutboxMessage.id))
        return [row["user_id"] for row in rows if row.get("kind") == kind]


def test_who_watches_hears_what_others_do(house: House, app: Flask) -> None:
    house.be(house.manager).put(f"/issues/{house.issue}/watch")
    house.be(house.ana).log()
    assert told(app, "issue_watched") == [house.manager, house.manager]  # a talk, and the next state
    house.be(house.manager).client.delete(f"/api/v1/issues/{house.issue}/watch")
    house.be(house.ana).log()
    assert len(told(app, "issue_watched")) == 2


def test_watching_twice_is_watching(house: House) -> None:
    house.be(house.manager)
    assert [house.put(f"/issues/{house.issue}/watch").json["watching"] for _ in "ab"] == [True, True]


def test_a_reminder_a_day_and_no_more(house: House, app: Flask) -> None:
    path = f"/issues/{house.issue}/nudges"
    assert house.be(house.manager).post(path, note="They call me daily").status_code == 201
    assert house.post(path).status_code == 409
    assert house.be(house.lead).post(path).status_code == 201
    with clock.frozen(NOW + timedelta(hours=25)):
        assert house.be(house.manager).post(path).status_code == 201
    assert told(app, "issue_nudged") == [house.ana] * 3


def test_owners_do_not_remind_themselves(house: House) -> None:
    assert house.post(f"/issues/{house.issue}/nudges").status_code == 409


def test_who_hears_of_an_escalation_is_known_before(house: House, app: Flask) -> None:
    path = f"/issues/{house.issue}/escalations"
    assert house.be(house.manager).get(f"/issues/{house.issue}/advocacy").json["leads"] == ["Lea"]
    assert house.post(path, reason=" ").status_code == 422
    made = house.post(path, reason="They want to leave").json
    assert made["escalate_from"] == (NOW + timedelta(days=1)).isoformat()
    assert told(app, "issue_taken_to_lead") == [house.lead, house.ana]
    assert house.post(path, reason="Again").status_code == 409


def test_somebody_elses_customer_is_not_there(house: House, app: Flask) -> None:
    from feedback.access.rules import Role
    from tests.factories import make_user

    with app.app_context():
        other = make_user(Role.ACCOUNT_MANAGER)
    house.be(other)
    assert house.put(f"/issues/{house.issue}/watch").status_code == 404
    assert house.post(f"/issues/{house.issue}/nudges").status_code == 404
