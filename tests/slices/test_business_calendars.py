"""Business calendars over HTTP: whose hours count, holidays and days of our own, and what is refused."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from tests.factories import make_team, make_user
from tests.logins import as_user, token

PATH = "/api/v1/business-calendars"
OFFICE = {weekday: ["09:00-18:00"] for weekday in ("monday", "tuesday", "wednesday", "thursday", "friday")}
MADRID = {"name": "Madrid", "time_zone": "Europe/Madrid", "openings": OFFICE, "country": "ES", "subdivision": "MD"}


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_AUTHORIZATION"] = token(app)["Authorization"]
    return client


def make(admin: FlaskClient, **changes: Any) -> Any:
    return admin.post(PATH, json={"code": "madrid", **MADRID, **changes})


def eight_hours_after(admin: FlaskClient, calendar_id: int, at: str) -> str:
    answer = admin.get(f"{PATH}/{calendar_id}/working-time", query_string={"from": at, "hours": 9})
    return str(answer.json["at"])


def test_an_installation_begins_with_office_hours_in_its_zone(admin: FlaskClient) -> None:
    (found,) = admin.get(PATH).json["items"]
    assert (found["code"], found["time_zone"], found["openings"], found["country"]) == ("default", "UTC", OFFICE, None)


def test_public_holidays_and_days_of_our_own_are_closed(admin: FlaskClient) -> None:
    closed = {"closed_days": [{"on": "2026-12-24", "name": "Christmas Eve"}], "open_days": ["2026-12-08"]}
    made = make(admin, **closed).json
    # the 24th is ours, the 25th a holiday, then comes the week-end; the 8th is a holiday on which we work
    assert eight_hours_after(admin, made["id"], "2026-12-23T08:00:00Z") == "2026-12-23T17:00:00+00:00"
    assert eight_hours_after(admin, made["id"], "2026-12-24T08:00:00Z") == "2026-12-28T17:00:00+00:00"
    assert eight_hours_after(admin, made["id"], "2026-12-08T08:00:00Z") == "2026-12-08T17:00:00+00:00"


def test_working_hours_between_two_moments_are_counted_over_a_change_of_the_clock(admin: FlaskClient) -> None:
    made = make(admin, openings={"sunday": ["00:00-24:00"]}, country=None, subdivision=None).json
    span = {"from": "2026-10-24T22:00:00Z", "to": "2026-10-25T23:00:00Z"}
    answer = admin.get(f"{PATH}/{made['id']}/working-time", query_string=span).json
    assert (answer["hours"], answer["is_open"]) == (25.0, True)


def test_a_team_works_by_its_own_calendar_or_by_the_default(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        team = make_team()
    made = make(admin).json
    of_team = f"/api/v1/teams/{team}/business-calendar"
    assert admin.get(of_team).json["code"] == "default"
    assert admin.put(of_team, json={"calendar_id": made["id"]}).json["team_ids"] == [team]
    assert admin.delete(f"{PATH}/{made['id']}").status_code == 409
    assert admin.put(of_team, json={"calendar_id": None}).json["code"] == "default"
    assert admin.delete(f"{PATH}/{made['id']}").status_code == 204


def test_the_default_cannot_be_removed(admin: FlaskClient) -> None:
    (found,) = admin.get(PATH).json["items"]
    assert admin.delete(f"{PATH}/{found['id']}").status_code == 409


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"openings": {}}, "openings"),
        ({"openings": {"monday": ["18:00-09:00"]}}, "openings"),
        ({"openings": {"monday": ["09:00-13:00", "12:00-18:00"]}}, "openings"),
        ({"openings": {"monday": ["nine to six"]}}, "openings"),
        ({"openings": {"someday": ["09:00-18:00"]}}, "openings"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"country": "ZZ", "subdivision": None}, "country"),
        ({"subdivision": "XX"}, "subdivision"),
        ({"country": None}, "subdivision"),
        ({"code": "Madrid office"}, "code"),
        ({"name": " "}, "name"),
        ({"closed_days": [{"on": "24 December"}]}, "closed_days"),
    ],
)
def test_what_cannot_be_is_refused_and_says_where(admin: FlaskClient, changes: dict[str, Any], field: str) -> None:
    answer = make(admin, **changes)
    assert (answer.status_code, [name.split(".")[0] for name in answer.json["errors"]]) == (422, [field])


def test_a_code_is_given_once(admin: FlaskClient) -> None:
    assert [make(admin).status_code for _ in range(2)] == [201, 409]


def test_what_is_said_is_put_in_the_place_of_all(admin: FlaskClient) -> None:
    made = make(admin).json
    changed = admin.put(
        f"{PATH}/{made['id']}", json={"name": "Night", "time_zone": "UTC", "openings": {"monday": ["20:00-24:00"]}}
    )
    assert (changed.json["openings"], changed.json["country"]) == ({"monday": ["20:00-24:00"]}, None)


@pytest.mark.parametrize("hours", ["1e300", "10001", "x"])
def test_hours_that_nobody_can_count_are_invalid(admin: FlaskClient, hours: str) -> None:
    (found,) = admin.get(PATH).json["items"]
    query = {"from": "2026-10-24T22:00:00Z", "hours": hours}
    assert admin.get(f"{PATH}/{found['id']}/working-time", query_string=query).status_code == 422


def test_only_administrators_see_and_change_them(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        person = make_user(Role.FRONTLINE)
    as_user(client, person)
    assert client.get(PATH).status_code == 403
