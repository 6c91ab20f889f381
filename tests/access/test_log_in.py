"""Logging in through the page, and every way a session ends."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.access import passwords, service
from feedback.access.models import LoginAttempt, WebSession
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.kernel import clock
from feedback.uow import transaction
from tests.factories import make_user
from tests.logins import as_user

PASSWORD = "correct horse battery"
EMAIL = "ann@example.com"


@pytest.fixture
def person(app: Flask) -> int:
    with app.app_context():
        return make_user(Role.EXECUTIVE, email=EMAIL, password_hash=passwords.hash_password(PASSWORD))


def log_in(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD, **options: object) -> TestResponse:
    page = client.get("/login")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]
    form = {"email": email, "password": password, "csrf_token": csrf, "next": options.pop("next", "")}
    return client.post("/login", data=form, **options)


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/settings", headers={"Accept": "application/json"}).status_code == 200


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.ACCOUNT_MANAGER, "/app/readiness"),
        (Role.FRONTLINE, "/app/issues"),
        (Role.EXECUTIVE, "/app/defects"),
        (Role.ADMIN, "/app/defects"),
    ],
)
def test_the_start_leads_to_the_page_of_the_role(app: Flask, client: FlaskClient, role: Role, page: str) -> None:
    with app.app_context():
        as_user(client, make_user(role))
    assert client.get("/").location == page


def test_a_person_logs_in_with_any_case_of_the_address(client: FlaskClient, person: int) -> None:
    response = log_in(client, email=" Ann@Example.com ")
    assert (response.status_code, response.location) == (303, "/")
    assert is_logged_in(client)


def test_the_session_id_changes_at_log_in(client: FlaskClient, person: int) -> None:
    client.get("/login")
    before = client.get_cookie("closedloop_session")
    log_in(client)
    after = client.get_cookie("closedloop_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert (after.http_only, after.same_site) == (True, "Lax")


def test_only_a_digest_of_the_session_is_stored(app: Flask, client: FlaskClient, person: int) -> None:
    log_in(client)
    cookie = client.get_cookie("closedloop_session")
    with app.app_context():
        assert cookie is not None
        assert db.session.scalar(sa.select(WebSession.digest)) == passwords.digest(cookie.value) != cookie.value


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@example.com", PASSWORD), (EMAIL, ""), ("", "")])
def test_every_wrong_log_in_looks_the_same(client: FlaskClient, person: int, email: str, password: str) -> None:
    response = log_in(client, email, password)
    assert response.status_code == 401
    assert "E-mail address and password do not match." in response.text
    assert not is_logged_in(client)


def test_an_unknown_address_costs_a_hash_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        passwords,
        "_hasher",
        type("Spy", (), {"verify": lambda _self, stored, _p: seen.append(stored), "hash": lambda _s, _p: "h"})(),
    )
    monkeypatch.setattr(passwords, "_nobody", [])
    assert not passwords.verify_password("x", None)
    assert seen == ["h"]


def test_a_log_in_form_of_another_browser_is_refused(app: Flask, client: FlaskClient, person: int) -> None:
    page = app.test_client().get("/login")
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)  # type: ignore[union-attr]
    client.get("/login")
    response = client.post("/login", data={"email": EMAIL, "password": PASSWORD, "csrf_token": csrf})
    assert response.status_code == 400


def test_a_cross_site_log_in_is_refused(client: FlaskClient, person: int) -> None:
    assert log_in(client, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil",
        "/%0d\n",
    ],
)
def test_log_in_never_leads_to_another_site(client: FlaskClient, person: int, target: str) -> None:
    assert log_in(client, next=target).location == "/"


def test_log_in_goes_on_to_the_page_that_was_asked_for(client: FlaskClient, person: int) -> None:
    asked = client.get("/settings?x=1")
    assert asked.location == "/login?next=/settings?x%3D1"
    assert log_in(client, next="/settings?x=1").location == "/settings?x=1"


def test_a_copied_cookie_is_dead_after_log_out(app: Flask, client: FlaskClient, person: int) -> None:
    thief = app.test_client()
    as_user(client, person)
    thief.set_cookie("closedloop_session", client.get_cookie("closedloop_session").value)  # type: ignore[union-attr]
    assert is_logged_in(thief)
    assert client.post("/logout").status_code == 302
    assert not is_logged_in(thief)


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.FRONTLINE}])
def test_deactivation_and_a_new_role_end_every_session(app: Flask, client: FlaskClient, person: int, change: dict) -> None:
    as_user(client, person)
    with app.app_context(), transaction():
        service.change_user(person, actor="test", **change)
    assert not is_logged_in(client)


def test_a_new_password_ends_the_other_sessions(app: Flask, client: FlaskClient, person: int) -> None:
    other = as_user(app.test_client(), person)
    as_user(client, person)
    response = client.post("/settings/password", data={"current": PASSWORD, "new": "another long sentence"})
    assert response.status_code == 302
    assert (is_logged_in(client), is_logged_in(other)) == (True, False)


@pytest.mark.parametrize(
    ("new", "current"), [("short", PASSWORD), ("aaaaaaaaaaaaaaaa", PASSWORD), ("another long sentence", "wrong")]
)
def test_a_weak_password_or_a_wrong_current_one_changes_nothing(client: FlaskClient, person: int, new: str, current: str) -> None:
    as_user(client, person)
    assert client.post("/settings/password", data={"current": current, "new": new}).status_code == 422
    assert is_logged_in(client)


@pytest.mark.parametrize(("idle", "used"), [(timedelta(minutes=31), False), (timedelta(hours=12, minutes=1), True)])
def test_a_session_ends_when_idle_or_old(app: Flask, client: FlaskClient, person: int, idle: timedelta, used: bool) -> None:
    as_user(client, person)
    later = clock.now() + idle
    with app.app_context(), transaction() as session:
        session.execute(sa.update(WebSession).values(last_seen_at=later if used else WebSession.last_seen_at))
    with clock.frozen(later):
        assert not is_logged_in(client)


def test_use_keeps_a_session_alive(app: Flask, client: FlaskClient, person: int) -> None:
    as_user(client, person)
    start = clock.now()
    for minutes in (20, 40, 60):
        with clock.frozen(start + timedelta(minutes=minutes)):
            assert is_logged_in(client)


def test_a_change_with_our_cookie_but_without_our_token_is_refused(client: FlaskClient, person: int) -> None:
    as_user(client, person)
    del client.environ_base["HTTP_X_CSRFTOKEN"]
    assert client.post("/logout").status_code == 403
    assert is_logged_in(client)


def test_a_cross_site_change_is_refused_even_with_the_token(client: FlaskClient, person: int) -> None:
    as_user(client, person)
    assert client.post("/logout", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_pages_hand_out_the_token_for_callbacks(client: FlaskClient, person: int) -> None:
    as_user(client, person)
    client.get("/settings")
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    assert (cookie.value, cookie.same_site) == (client.environ_base["HTTP_X_CSRFTOKEN"], "Strict")


def test_own_settings_are_kept(client: FlaskClient, person: int) -> None:
    as_user(client, person)
    client.post("/settings", data={"locale": "es", "time_zone": "Europe/Madrid", "theme": "dark"})
    page = client.get("/settings").text
    assert '<html lang="es" data-theme="dark">' in page
    assert '<option value="Europe/Madrid" selected>' in page


@pytest.mark.parametrize("field", ["locale", "time_zone", "theme"])
def test_impossible_settings_are_refused(client: FlaskClient, person: int, field: str) -> None:
    as_user(client, person)
    form = {"locale": "es", "time_zone": "Europe/Madrid", "theme": "dark"} | {field: "klingon"}
    assert client.post("/settings", data=form).status_code == 422


def _fail(client: FlaskClient, times: int, address: str) -> list[int]:
    return [log_in(client, password="wrong", environ_base={"REMOTE_ADDR": address}).status_code for _ in range(times)]


def test_guessing_is_slowed_down_and_its_owner_still_gets_in(client: FlaskClient, person: int) -> None:
    assert _fail(client, 6, "127.0.0.66") == [401] * 5 + [429]
    assert log_in(client, environ_base={"REMOTE_ADDR": "127.0.0.66"}).status_code == 429
    assert log_in(client, environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 303


def test_the_hold_says_when_to_come_back(app: Flask, client: FlaskClient, person: int) -> None:
    with app.app_context(), transaction() as session:
        row = {"email": EMAIL, "address": "127.0.0.66", "attempted_at": clock.now(), "succeeded": False}
        session.execute(sa.insert(LoginAttempt), [row] * 10)
    response = log_in(client, environ_base={"REMOTE_ADDR": "127.0.0.66"})
    assert response.status_code == 429
    assert 880 <= int(response.headers["Retry-After"]) <= 900
    with clock.frozen(clock.now() + timedelta(minutes=16)):
        assert log_in(client, environ_base={"REMOTE_ADDR": "127.0.0.66"}).status_code == 303


def test_expired_sessions_and_old_attempts_are_forgotten(app: Flask, client: FlaskClient, person: int) -> None:
    as_user(client, person)
    with app.app_context():
        with transaction():
            service.note_attempt(EMAIL, "127.0.0.1", succeeded=False)
        with clock.frozen(clock.now() + timedelta(days=2)), transaction():
            assert service.forget_expired() == 2
