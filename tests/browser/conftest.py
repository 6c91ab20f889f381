"""A real server in a thread, and a real Chromium whose complaints fail the test."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy.pool import QueuePool
from werkzeug.serving import make_server

from feedback.access import authentication, service
from feedback.extensions import db
from feedback.uow import transaction
from tests.browser.company import settle

expect.set_options(timeout=20_000)  # machines that run everything at once are slow, not wrong
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
_FLAGS += ["--disable-component-update", "--no-first-run", "--disable-sync", "--disable-quic"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, started as root in a container."""
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": _FLAGS}


@pytest.fixture(autouse=True)
def _any_hour(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser has the clock of the machine: what it may do must not depend on when the tests run."""
    settings = app.extensions["closedloop_settings"]
    for name, value in (("selling_days", "mon-sun"), ("selling_hours", "0-24"), ("selling_holidays", True)):
        monkeypatch.setattr(settings, name, value)


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The application on a free port; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    _wait_for_requests(app)


def _wait_for_requests(app: Flask) -> None:
    """A request that a closing browser left behind still holds the database, which the next test lays anew."""
    with app.app_context():
        pool, deadline = db.engine.pool, time.monotonic() + 20
        while isinstance(pool, QueuePool) and pool.checkedout() and time.monotonic() < deadline:
            time.sleep(0.02)


@pytest.fixture
def complaints(page: Page, live_server: str) -> Iterator[list[str]]:
    """What the browser complained about: errors, requests to other hosts, answers of 500. Must be empty at the end."""
    found: list[str] = []
    page.on("console", lambda message: found.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(f"page: {error}"))
    page.on("response", lambda answer: found.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    page.on("request", lambda request: found.append(f"outside: {request.url}") if _is_outside(request.url, live_server) else None)
    yield found
    assert found == []


@pytest.fixture
def tenants(app: Flask) -> None:
    """The property company, small."""
    settle(app)


def _is_outside(url: str, server: str) -> bool:
    return not url.startswith((server, "data:", "blob:"))


@pytest.fixture
def log_in(app: Flask, context: BrowserContext, live_server: str) -> Callable[[int], None]:
    """Give this browser the session of a person."""

    def _log_in(user_id: int) -> None:
        with app.app_context():
            with transaction():
                session_id = service.start_session(user_id)
            name = authentication.cookie_name()
        context.add_cookies([{"name": name, "value": session_id, "url": live_server}])

    return _log_in
