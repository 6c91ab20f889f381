"""Fixtures: one application per test process, a fresh database per test, real commits."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings

from config import Settings
from dashboards.app import create_dash
from feedback.app import create_app
from feedback.closed_loop.defaults import install_defaults
from feedback.extensions import db
from feedback.web.catalogues import compile_catalogues
from tests import unflushed
from tests.databases import USE_POSTGRESQL, postgresql_cluster, truncate_all

# A machine that is busy with something else is no reason to fail a property.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SECRET = "a secret for tests only, long enough: 0123456789"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument, never by their content.

    A gzip header holds the second it was packed in: named by it, a test has another name in each process, and tests run
    side by side can't be matched.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("instance")
    with ExitStack() as stack:
        url = stack.enter_context(postgresql_cluster()) if USE_POSTGRESQL else f"sqlite:///{folder / 'closedloop.db'}"
        yield url, folder


@pytest.fixture(scope="session")
def _app(_database: tuple[str, Path]) -> Iterator[Flask]:
    url, folder = _database
    compile_catalogues()
    unflushed.watch()
    app = create_app(Settings(DATABASE_URL=url, data_dir=folder, secret_key=SECRET))
    create_dash(app)
    app.testing = True
    with app.app_context():
        upgrade()
        install_defaults()
        if not USE_POSTGRESQL:
            sa.event.listen(db.engine, "before_cursor_execute", _refuse_text_for_instants)
        db.engine.dispose()
    if not USE_POSTGRESQL:
        with closing(sqlite3.connect(folder / "closedloop.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(folder / "closedloop.db", folder / "template.db")
    yield app
    with app.app_context():
        db.engine.dispose()


INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


def _refuse_text_for_instants(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    """A time without the type of its column becomes text, which SQLite compares with integers without a word."""
    for value in parameters if isinstance(parameters, tuple) else ():
        assert not (isinstance(value, str) and INSTANT.fullmatch(value)), f"{statement} gets {value} as text"


@pytest.fixture
def app(_app: Flask, _database: tuple[str, Path]) -> Flask:
    """The application on a fresh, migrated, empty database. No context is open: each request gets its own session."""
    url, folder = _database
    with _app.app_context():
        db.engine.dispose()
    if USE_POSTGRESQL:
        truncate_all(url)
        with _app.app_context():
            install_defaults()
    else:
        for suffix in ("-wal", "-shm"):
            (folder / f"closedloop.db{suffix}").unlink(missing_ok=True)
        shutil.copy(folder / "template.db", folder / "closedloop.db")
    return _app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser-like client without a log-in."""
    return app.test_client()
