"""Every command is found, each loads only itself, and those that write need no addresses."""

import subprocess
import sys

import click
import pytest

from feedback.bare_app import create_bare_app
from feedback.cli import main


def test_every_command_is_listed_and_loads() -> None:
    context = click.Context(main)
    names = ["db", "demo", "import", "jobs", "mail", "person", "reference", "serve", "team", "token", "up", "user"]
    assert main.list_commands(context) == names
    assert [command.name for name in names if (command := main.get_command(context, name))] == names


def test_an_unknown_command_is_none() -> None:
    assert main.get_command(click.Context(main), "nosuch") is None


@pytest.mark.parametrize("module", ["feedback.app", "flask_smorest", "feedback.demo"])
def test_an_import_loads_nothing_of_the_web_side(module: str) -> None:
    program = (
        "import sys, click; from feedback.cli import main; main.get_command(click.Context(main), 'import');"
        "import feedback.bare_app, feedback.closed_loop.imports.responses;"
        f"sys.exit({module!r} in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_bare_application_has_no_addresses_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("CLOSEDLOOP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CLOSEDLOOP_SECRET_KEY", "0" * 40)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert [rule.endpoint for rule in create_bare_app().url_map.iter_rules()] == ["static"]
