"""People, teams, grants and tokens over HTTP."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.web.models import IdempotencyRecord
from tests.access.test_log_in import is_logged_in, log_in
from tests.factories import make_team, make_user
from tests.logins import as_user, token

PASSWORD = "a password of my own"


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> FlaskClient:
    with app.app_context():
        return as_user(client, make_user(Role.ADMIN))


def test_a_new_person_can_log_in(app: Flask, admin: FlaskClient) -> None:
    body = {"email": "Eve@example.com", "role": "frontline", "password": PASSWORD, "name": "Eve", "locale": "es"}
    created = admin.post("/api/v1/users", json=body)
    assert (created.status_code, created.json["email"], created.json["grants"]) == (201, "eve@example.com", [])
    assert log_in(app.test_client(), "eve@example.com", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "root"}, "role"),
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"active": True}, "active"),
        ({"id": 1}, "id"),
        ({"password_hash": "x"}, "password_hash"),
        ({"created_at": "2026-01-01T00:00:00Z"}, "created_at"),
    ],
)
def test_a_person_cannot_be_made_up(admin: FlaskClient, change: dict, field: str) -> None:
    response = admin.post("/api/v1/users", json={"email": "eve@example.com", "role": "frontline"} | change)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_an_address_is_taken_once(admin: FlaskClient) -> None:
    first = admin.post("/api/v1/users", json={"email": "eve@example.com", "role": "frontline"})
    again = admin.post("/api/v1/users", json={"email": "EVE@example.com", "role": "frontline"})
    assert (first.status_code, again.status_code) == (201, 409)


def test_a_changed_role_takes_effect_at_once(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        team_id, user_id = make_team(), make_user(Role.FRONTLINE)
    other = as_user(app.test_client(), user_id)
    changed = admin.patch(f"/api/v1/users/{user_id}", json={"role": "executive", "team_id": team_id})
    assert (changed.json["role"], changed.json["team_id"]) == ("executive", team_id)
    assert not is_logged_in(other)


def test_the_last_administrator_stays(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        user_id = db.session.scalar(sa.select(User.id))
    assert admin.patch(f"/api/v1/users/{user_id}", json={"active": False}).status_code == 409
    assert admin.patch(f"/api/v1/users/{user_id}", json={"role": "executive"}).status_code == 409


def test_a_grant_widens_a_role_and_none_takes_it_back(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        user_id = make_user(Role.FRONTLINE)
    other = as_user(app.test_client(), user_id)
    assert other.get("/api/v1/audit-events").status_code == 403
    admin.put(f"/api/v1/users/{user_id}/grants/audit.read", json={"scope": "all"})
    assert other.get("/api/v1/audit-events").status_code == 200
    admin.put(f"/api/v1/users/{user_id}/grants/audit.read", json={"scope": "none"})
    assert other.get("/api/v1/audit-events").status_code == 403


def test_an_unknown_permission_is_invalid(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        user_id = make_user(Role.FRONTLINE)
    assert admin.put(f"/api/v1/users/{user_id}/grants/everything", json={"scope": "all"}).status_code == 422


def test_teams_are_made_and_renamed(admin: FlaskClient) -> None:
    team = admin.post("/api/v1/teams", json={"code": "claims", "name": "Claims"}).json
    assert admin.patch(f"/api/v1/teams/{team['id']}", json={"name": "Claims desk"}).json["name"] == "Claims desk"
    assert admin.post("/api/v1/teams", json={"code": "claims", "name": "Again"}).status_code == 409


def test_a_token_works_until_it_is_revoked(app: Flask, admin: FlaskClient) -> None:
    made = admin.post("/api/v1/tokens", json={"name": "crm", "scopes": ["admin"]}).json
    system = {"Authorization": f"Bearer {made['token']}"}
    assert app.test_client().get("/api/v1/users", headers=system).status_code == 200
    assert admin.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    refused = app.test_client().get("/api/v1/users", headers=system)
    assert (refused.status_code, refused.json["detail"]) == (401, "This token is unknown, revoked or expired.")


def test_no_secret_is_kept_for_a_repeat(app: Flask, admin: FlaskClient) -> None:
    key = {"Idempotency-Key": "k"}
    first = admin.post("/api/v1/tokens", json={"name": "crm", "scopes": ["read"]}, headers=key).json
    second = admin.post("/api/v1/tokens", json={"name": "crm", "scopes": ["read"]}, headers=key).json
    assert second == first | {"token": None}
    with app.app_context():
        assert first["token"].encode() not in (db.session.scalar(sa.select(IdempotencyRecord.body)) or b"")


def test_lists_go_on_where_they_stopped(app: Flask, admin: FlaskClient) -> None:
    with app.app_context():
        made = [make_team() for _ in range(5)]
    first = admin.get("/api/v1/teams?limit=3").json
    rest = admin.get("/api/v1/teams", query_string={"limit": 3, "cursor": first["next_cursor"]}).json
    assert [team["id"] for team in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "WzFlOTld", "WzEuNV0", "W3RydWVd", "Wy0xXQ", "WzFdWzFd"])
def test_a_foreign_cursor_is_invalid(admin: FlaskClient, cursor: str) -> None:
    assert admin.get("/api/v1/teams", query_string={"cursor": cursor}).status_code == 422


def test_own_settings_over_http(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        as_user(client, make_user(Role.EXECUTIVE))
    assert client.patch("/api/v1/me", json={"theme": "dark"}).json["theme"] == "dark"
    assert client.get("/api/v1/me").json["theme"] == "dark"
    assert client.patch("/api/v1/me", json={"role": "admin"}).status_code == 422


def test_what_administrators_do_is_written_down(admin: FlaskClient) -> None:
    admin.post("/api/v1/teams", json={"code": "claims", "name": "Claims"})
    events = admin.get("/api/v1/audit-events?object_type=team").json["items"]
    assert [(event["action"], event["actor"]) for event in events] == [("team.created", "user:1")]


def test_a_change_with_a_cookie_needs_the_token_of_the_page(admin: FlaskClient) -> None:
    del admin.environ_base["HTTP_X_CSRFTOKEN"]
    assert admin.post("/api/v1/teams", json={"code": "claims", "name": "Claims"}).status_code == 403


def test_a_change_with_an_api_token_needs_none(app: Flask, client: FlaskClient) -> None:
    made = client.post("/api/v1/teams", json={"code": "claims", "name": "Claims"}, headers=token(app, "admin"))
    assert made.status_code == 201
