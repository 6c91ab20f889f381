"""closedloop up: everything on one machine, as `make run` starts it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import click

from config import SECRET_FILE, Settings, load_settings
from feedback.cli.catcher import MailCatcher
from feedback.cli.lifeline import Lifeline
from feedback.cli.mail_servers import mail_server_elsewhere
from feedback.web.catalogues import ready_catalogues

READY_WITHIN = 90.0
STOP_WITHIN = 20.0


@click.command("up")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), envvar="PORT")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--demo/--no-demo", default=True, show_default=True, help="Load the demo company into an empty database.")
def up(port: int, host: str, demo: bool) -> None:
    """Prepare the database, then run the web server and the jobs until Ctrl-C."""
    _check_port(host, port)
    if hint := ready_catalogues():
        click.echo(hint, err=True)
    ensure_secret(load_settings().data_dir)
    logins = _prepare(demo=demo)
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104  compared, not bound
    environment = {"CLOSEDLOOP_BASE_URL": address, "CLOSEDLOOP_LOG_LEVEL": "WARNING", **os.environ}
    if not Settings().smtp_url:
        environment |= _catch_mails(Settings().data_dir / "mails")
    commands = {
        "web server": ["serve", "--host", host, "--port", str(port)],
        "jobs": ["jobs", "run"],
    }
    sys.exit(_Children(commands, environment).run(address, logins))


def _catch_mails(folder: Path) -> dict[str, str]:
    """Keep mails on this machine, so that a wave can be tried from end to end; the catcher ends with this process."""
    catcher = MailCatcher(folder)
    return {"CLOSEDLOOP_SMTP_URL": catcher.url, "CLOSEDLOOP_CAUGHT_MAIL_DIR": str(folder)}


def ensure_secret(data_dir: Path) -> None:
    """Give this installation a secret of its own, readable by its owner only. An existing one is left alone."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if Settings().secret_key.get_secret_value():
        return
    try:
        file = os.open(data_dir / SECRET_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "w") as opened:
        opened.write(secrets.token_urlsafe(48) + "\n")


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            hint = "Another program uses it. Choose another one, for example: make run PORT=8001"
            raise click.ClickException(f"Port {port} on {host} cannot be used ({error.strerror}). {hint}") from error


def _prepare(*, demo: bool) -> list[tuple[str, str, str]]:
    """Migrate, write the defaults, load the demo into an empty database; answers the demo's (role, e-mail, password)."""
    from flask_migrate import upgrade

    from feedback.access.queries import can_anybody_log_in
    from feedback.app import create_app
    from feedback.closed_loop.defaults import install_defaults, is_empty
    from feedback.demo.logins import demo_logins

    app = create_app()
    with app.app_context():
        upgrade()
        install_defaults()
        if demo and is_empty():
            _load_demo()
        if not can_anybody_log_in():
            click.echo("Nobody can log in yet. Create the first person with: closedloop user create EMAIL --role admin")
        return demo_logins()


def _load_demo() -> None:
    """Load it, unless its mails would go to a mail server of the network: then this is meant to be used, not tried."""
    from feedback.demo.load import DemoRequest, load_demo

    server = mail_server_elsewhere(Settings().smtp_url)
    if server:
        click.echo(f"A mail server is set ({server}), so no demo company is loaded. See closedloop demo load --help.")
        return
    click.echo("Loading the demo company; this happens once …")
    load_demo(DemoRequest(), progress=lambda line: click.echo(f"  {line}"))


class _Children:
    """The two processes: they start together, and when one ends so does the other."""

    def __init__(self, commands: Mapping[str, list[str]], environment: Mapping[str, str]) -> None:
        self._commands, self._environment = commands, environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_to_stop = False
        self._lifeline = Lifeline()

    def run(self, address: str, logins: list[tuple[str, str, str]]) -> int:
        """Start them, say where, wait; answers the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_asked)
        try:
            for name, arguments in self._commands.items():
                self._running[name] = self._lifeline.start(arguments, self._environment)
            self._wait_until_ready(f"{address}/readyz")
            _announce(address, logins)
            while self._dead() is None:
                time.sleep(0.2)
            return self._report_death()
        except _Stopped:
            return 0
        finally:
            self._stop_all()

    def _wait_until_ready(self, url: str) -> None:
        last = "no answer"
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self._dead() is not None:
                sys.exit(self._report_death())
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own address
                    return
            except urllib.error.HTTPError as error:
                last = error.read().decode("utf-8", "replace")[:500]
                # The first job may be a minute away, and it is what works off a queue: that the scheduler lives we see ourselves.
                if error.code == 503 and {"scheduler", "outbox"}.issuperset(json.loads(last).get("failed", [last])):
                    return
            except OSError as error:
                last = str(error)
            time.sleep(0.2)
        raise click.ClickException(f"The server did not become ready within {READY_WITHIN:.0f} s: {last}")

    def _dead(self) -> str | None:
        return next((name for name, child in self._running.items() if child.poll() is not None), None)

    def _report_death(self) -> int:
        name = self._dead() or ""
        status = self._running[name].returncode
        click.echo(f"The {name} stopped with status {status}; stopping the rest. Its last lines above say why.", err=True)
        return status if status and status > 0 else 1

    def _stop_asked(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked_to_stop:
            return
        self._asked_to_stop = True
        raise _Stopped

    def _stop_all(self) -> None:
        self._asked_to_stop = True
        for child in self._running.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_WITHIN
        for child in self._running.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


class _Stopped(BaseException):
    """Ctrl-C or SIGTERM: an orderly end, wherever we are."""


def _announce(address: str, logins: list[tuple[str, str, str]]) -> None:
    click.echo(f"\nclosedloop runs at {address} (API: {address}/api/v1/docs). Ctrl-C stops it.")
    if logins:
        click.echo("Log-ins of the demo company:")
    for role, email, password in logins:
        click.echo(f"  {role:<18} {email:<32} {password}")
    sys.stdout.flush()
