"""The calendar feed: what RFC 5545 asks for, read back by another parser's eyes, and an address that stays secret."""

import logging
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar, Event

from feedback.access.models import User
from feedback.extensions import db
from feedback.kernel import clock
from feedback.planning.models import CalendarFeed
from feedback.uow import transaction
from tests.slices.gate.world import NOW
from tests.slices.planning.desk import PLANS, Desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    found = Desk(app)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(User).where(User.id == found.manager).values(time_zone="Europe/Madrid"))
    return found


def make_address(desk: Desk) -> str:
    page = desk.client.post("/settings/calendar").get_data(as_text=True)
    found = re.search(r"/calendar/[\w-]+\.ics", page)
    assert found is not None
    return found[0]


def fetch(desk: Desk, address: str, **headers: str) -> Any:
    with clock.frozen(NOW):
        return desk.app.test_client().get(address, headers=headers)


def events_of(desk: Desk, address: str) -> dict[str, Event]:
    calendar = Calendar.from_ical(fetch(desk, address).data)
    return {str(event["uid"]).split("@")[0].rpartition("-")[0]: event for event in calendar.walk("VEVENT")}


def filled(desk: Desk) -> dict[str, Any]:
    plan = desk.add(desk.make(), "reviews", starts_at="2026-12-01T09:00:00Z", place="Plaza Mayor, 1; 2.º")
    plan = desk.add(plan, "objectives", text="Ñandú\nsigns", owner_id=desk.manager, due_on="2026-11-20")
    return desk.add(plan, "promises", text="Send the figures", due_on="2026-11-10")


def test_each_event_has_what_rfc_5545_asks_for(desk: Desk) -> None:
    filled(desk)
    content = fetch(desk, make_address(desk)).data
    calendar = Calendar.from_ical(content)
    assert (calendar["version"], calendar["method"], "prodid" in calendar) == ("2.0", "PUBLISH", True)
    for event in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY"} <= set(event)
        assert event.decoded("dtstamp").tzinfo is not None
    lines = content.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75


def test_times_are_on_the_readers_clock_and_days_last_a_day(desk: Desk) -> None:
    filled(desk)
    events = events_of(desk, make_address(desk))
    review, objective = events["plan-review"], events["plan-objective"]
    assert review["dtstart"].params["TZID"] == "Europe/Madrid"
    assert review.decoded("dtstart").astimezone(UTC) == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert review.decoded("dtstart").hour == 10
    assert (objective.decoded("dtstart"), objective.decoded("dtend")) == (date(2026, 11, 20), date(2026, 11, 21))
    assert str(review["location"]) == "Plaza Mayor, 1; 2.º"


def test_a_review_that_moves_keeps_its_id_and_counts_up_and_one_called_off_says_so(desk: Desk) -> None:
    plan, address = filled(desk), make_address(desk)
    path, steps = f"{PLANS}/{plan['id']}/reviews/{plan['reviews'][0]['id']}", []
    for change in ({}, {"starts_at": "2026-12-02T09:00:00Z"}, {"cancelled": True}):
        with clock.frozen(NOW):
            plan = desk.client.patch(path, json={"version": plan["version"], **change}).get_json()
        event = events_of(desk, address)["plan-review"]
        steps.append((str(event["uid"]), event["sequence"], str(event["status"])))
    assert len({uid for uid, _sequence, _status in steps}) == 1
    assert [step[1:] for step in steps] == [(0, "CONFIRMED"), (1, "CONFIRMED"), (2, "CANCELLED")]


def test_the_same_gives_the_same_and_is_not_sent_twice(desk: Desk) -> None:
    filled(desk)
    address = make_address(desk)
    first = fetch(desk, address)
    again = fetch(desk, address, **{"If-None-Match": first.headers["ETag"]})
    assert (first.mimetype, first.data, again.status_code) == ("text/calendar", fetch(desk, address).data, 304)


def test_a_new_address_ends_the_old_one_and_a_revoked_one_is_dead(desk: Desk) -> None:
    first = make_address(desk)
    second = make_address(desk)
    found = [fetch(desk, first).status_code, fetch(desk, second).status_code]
    desk.client.post("/settings/calendar", data={"revoke": "1"})
    assert [*found, fetch(desk, second).status_code] == [404, 200, 404]


def test_only_a_digest_is_kept_and_no_log_names_the_address(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    address = make_address(desk)
    response = fetch(desk, address)
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    with desk.app.app_context():
        stored = db.session.scalar(sa.select(CalendarFeed.digest))
    assert token not in caplog.text
    assert token not in str(stored)
    assert (response.headers["Referrer-Policy"], response.headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_who_left_has_no_calendar_and_others_customers_are_in_none(desk: Desk) -> None:
    filled(desk)
    address = make_address(desk)
    desk.client = desk.as_(desk.other)
    others = events_of(desk, make_address(desk))
    with desk.app.app_context(), transaction() as session:
        session.execute(sa.update(User).where(User.id == desk.manager).values(active=False))
    assert others == {}
    assert fetch(desk, address).status_code == 404
