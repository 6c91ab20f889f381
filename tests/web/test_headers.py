"""What every answer carries: protection for browsers, no caching of personal pages, no secrets in the log."""

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Settings
from feedback.access.rules import Role
from feedback.app import create_app
from feedback.extensions import db
from tests.factories import make_user
from tests.logins import as_user, token

PATHS = ["/login", "/api/v1/users", "/api/v1/docs", "/nowhere", "/s/abc", "/healthz", "/static/pages.css"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_protected(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}


def test_personal_answers_are_not_kept_by_caches(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        as_user(client, make_user(Role.EXECUTIVE))
    headers = client.get("/settings").headers
    assert headers["Cache-Control"] == "no-store"
    assert {"Cookie", "Authorization"} <= set(headers["Vary"].split(", "))


def test_files_of_the_program_may_be_kept(client: FlaskClient) -> None:
    with client.get("/static/pages.css") as response:
        assert "no-store" not in response.headers.get("Cache-Control", "")


def test_no_answer_is_open_to_other_sites(client: FlaskClient) -> None:
    answer = client.options("/api/v1/users", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"})
    assert not [name for name in dict(answer.headers) if name.lower().startswith("access-control")]


def test_the_log_holds_no_token(app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    headers = token(app)
    with caplog.at_level(logging.INFO):
        client.get("/s/personal-token-1?score=9&x=personal-token-2")
        client.get("/api/v1/users?cursor=personal-token-3", headers=headers)
        client.get("/nowhere%0aforged-line")
    assert len(caplog.records) >= 3
    assert "personal-token" not in caplog.text
    assert headers["Authorization"].split()[1] not in caplog.text
    assert "\nforged-line" not in caplog.text


@pytest.fixture
def secure(app: Flask) -> Flask:
    """The same database behind one proxy and HTTPS."""
    settings: Settings = app.extensions["closedloop_settings"].model_copy(update={"secure_cookies": True, "trusted_proxies": 1})
    secured = create_app(settings)
    yield secured
    with secured.app_context():
        db.engine.dispose()


def test_over_https_cookies_are_bound_to_this_host(secure: Flask) -> None:
    response = secure.test_client().get("/login")
    assert response.headers["Set-Cookie"].startswith("__Host-closedloop_session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(response.headers["Set-Cookie"].split("; "))
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(("forwarded", "address"), [("6.6.6.6, 10.0.0.9", "10.0.0.9"), ("10.0.0.9", "10.0.0.9")])
def test_only_the_trusted_hop_names_the_address(secure: Flask, forwarded: str, address: str) -> None:
    seen = []
    secure.before_request_funcs.setdefault(None, []).append(lambda: seen.append(_remote()))
    secure.test_client().get("/healthz", headers={"X-Forwarded-For": forwarded})
    assert seen == [address]


def test_without_a_trusted_proxy_the_header_is_ignored(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context(headers={"X-Forwarded-For": "6.6.6.6"}, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert _remote() == "127.0.0.1"


def _remote() -> str | None:
    from flask import request

    return request.remote_addr
