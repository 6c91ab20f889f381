"""closedloop token | user | team | db, and what refuses to start."""

import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo
from flask.testing import FlaskClient

from feedback.cli import main
from feedback.cli.up import ensure_secret
from tests.access.test_log_in import is_logged_in, log_in


@pytest.fixture
def run(app: Flask):
    """Run a command on the test database."""

    def command(*arguments: str, **options: object) -> Result:
        return CliRunner().invoke(main, arguments, obj=ScriptInfo(create_app=lambda: app), **options)

    return command


@pytest.mark.parametrize("scopes", [["--scope", "read", "--scope", "admin"], ["--scope", "read", "admin"]])
def test_a_new_token_is_the_last_word_and_works(run, client: FlaskClient, scopes: list[str]) -> None:
    result = run("token", "create", "--name", "crm", *scopes)
    token = result.output.split()[-1]
    assert client.get("/readyz", headers={"Authorization": f"Bearer {token}"}).status_code in {200, 503}
    assert "admin,read" in run("token", "list").output
    assert token not in run("token", "list").output


def test_a_revoked_token_is_listed_as_such(run) -> None:
    run("token", "create", "--name", "crm", "--scope", "read")
    assert run("token", "revoke", "1").exit_code == 0
    assert "1\trevoked" in run("token", "list").output


def test_an_unknown_scope_names_the_known_ones(run) -> None:
    result = run("token", "create", "--name", "crm", "--scope", "everything")
    assert (result.exit_code, "'read', 'write', 'gate', 'admin'" in result.output) == (2, True)


def test_a_created_person_logs_in_with_the_printed_password(run, client: FlaskClient) -> None:
    run("team", "create", "claims")
    result = run("user", "create", "Eve@Example.com", "--role", "frontline", "--team", "claims", "--locale", "ru")
    assert log_in(client, "eve@example.com", result.output.split()[-1]).status_code == 303


def test_a_deactivated_person_is_out(run, client: FlaskClient) -> None:
    password = "a password of my own"
    run("user", "create", "eve@example.com", "--role", "executive", "--password-stdin", input=password + "\n")
    log_in(client, "eve@example.com", password)
    run("user", "deactivate", "eve@example.com")
    assert not is_logged_in(client)
    assert log_in(client, "eve@example.com", password).status_code == 401


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["user", "create", "no-address", "--role", "admin"], "This is not an e-mail address."),
        (["user", "create", "a@example.com", "--role", "admin", "--time-zone", "Mars"], "Europe/Madrid"),
        (["user", "create", "a@example.com", "--role", "frontline", "--team", "x"], "closedloop team create x"),
        (["user", "deactivate", "a@example.com"], "Nobody has the address"),
        (["token", "revoke", "7"], "nothing here"),
    ],
)
def test_a_refusal_is_a_sentence(run, arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, message in result.output, "Traceback" in result.output) == (1, True, False)


def closedloop(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A real process with a data directory of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CLOSEDLOOP_", "DATABASE_URL"))}
    environment = clean | {"CLOSEDLOOP_DATA_DIR": str(folder)} | variables
    command = [sys.executable, "-m", "feedback", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", [["serve"], ["db", "upgrade"], ["token", "list"]])
def test_nothing_starts_without_a_secret(tmp_path: Path, command: list[str]) -> None:
    result = closedloop(tmp_path, *command)
    assert (result.returncode, "No usable secret key" in result.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_nothing_starts_with_a_short_secret(tmp_path: Path) -> None:
    assert closedloop(tmp_path, "db", "upgrade", CLOSEDLOOP_SECRET_KEY="x" * 31).returncode == 1


def test_help_needs_no_secret(tmp_path: Path) -> None:
    assert closedloop(tmp_path, "--help").returncode == 0


def test_a_busy_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = closedloop(tmp_path, "up", "--port", str(port))
    assert (result.returncode, f"Port {port}" in result.stderr, "PORT=8001" in result.stderr) == (1, True, True)


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSEDLOOP_DATA_DIR", str(tmp_path / "new"))
    ensure_secret(tmp_path / "new")
    file = tmp_path / "new" / "secret.key"
    first = file.read_text()
    ensure_secret(tmp_path / "new")
    assert file.read_text() == first
    assert re.fullmatch(r"[\w-]{64}\n", first)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


SECRET = {"CLOSEDLOOP_SECRET_KEY": "only for this test, and long enough: 0123456789"}


def test_the_data_directory_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "instance"
    assert closedloop(folder, "db", "upgrade", **SECRET).returncode == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "file").touch()
    refused = closedloop(tmp_path / "file" / "instance", "db", "upgrade", **SECRET)
    assert (refused.returncode, "CLOSEDLOOP_DATA_DIR" in refused.stderr, "Traceback" in refused.stderr) == (1, True, False)


@pytest.mark.parametrize("url", ["", "postgresql+psycopg://u:topsecret@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_used_is_a_sentence(tmp_path: Path, url: str) -> None:
    refused = closedloop(tmp_path, "token", "list", DATABASE_URL=url, **SECRET)
    assert (refused.returncode, "The database cannot be used" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.stderr
    assert "topsecret" not in refused.stderr
